// Writes an archive's entries into a root: the part of unpacking that touches the file system.
#pragma once

#include "engine/io/archive_reader.h"
#include "engine/io/parent_cache.h"
#include "engine/io/root_dir.h"

#include <memory>
#include <string>
#include <vector>

namespace baker {

class EntryWriter {
 public:
  // What happens to a directory that is in the way of a file, and to a symlink to a directory that
  // is in the way of a directory.
  enum class Conflicts {
    kCareful,  // as GNU tar: the directory must be empty, the symlink (merged-usr) stays
    kReplace,  // as an OCI layer means it: only the new entry is there
  };

  EntryWriter(RootDir& root, Conflicts conflicts)
      : root_(root), parents_(root), conflicts_(conflicts) {}

  // `path` is where in the root the entry belongs, `link` the same for a hard link's target.
  // Content is read from `reader`. Returns how many bytes of content there were. Throws Error.
  std::uint64_t write(const std::string& path, const ArchiveEntry& entry, const std::string& link,
                      ArchiveReader& reader);
  // Sets what can only be set when everything is in its place: the attributes of directories
  // (writing into one changes its mtime), and ACLs that name users of the root.
  void finish();

  ParentCache& parents() { return parents_; }

 private:
  struct Metadata {
    std::vector<Xattr> xattrs;
    std::vector<AclEntry> access_acl;
    std::vector<AclEntry> default_acl;
  };
  struct Late {
    std::string path;
    dev_t device;
    ino_t inode;
    bool directory;
    bool existed;
    Attributes attributes;
    timespec mtime;
    std::unique_ptr<Metadata> metadata;  // absent where there is none, which is nearly always
  };

  void make_directory(const std::string& path, const ArchiveEntry& entry);
  bool is_kept_symlink(const std::string& path, const struct stat& found) const;
  std::uint64_t make_file(const std::string& path, const ArchiveEntry& entry,
                          ArchiveReader& reader);
  std::uint64_t copy_content(int file, const ArchiveEntry& entry, ArchiveReader& reader);
  void make_hard_link(const std::string& path, const std::string& link);
  void make_symlink(const std::string& path, const ArchiveEntry& entry);
  void make_special(const std::string& path, const ArchiveEntry& entry);
  template <typename Make>
  void replacing(const std::string& path, Make make);
  void clear_the_way(const std::string& path);
  void set_acls(int fd, const std::vector<AclEntry>& access,
                const std::vector<AclEntry>& inherited);
  void finish_one(const Late& late);

  RootDir& root_;
  ParentCache parents_;
  Conflicts conflicts_;
  std::vector<Late> late_;
};

}  // namespace baker
