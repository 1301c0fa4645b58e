// Reads a tar (compressed or not) or zip archive entry by entry. Names are the archive's own bytes,
// whatever the locale. Damage of any kind, an early end among it, is an Error.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace baker {

struct Xattr {
  std::string name;
  std::string value;
};

struct AclEntry {
  std::uint16_t tag;  // ACL_USER_OBJ and so on, as the kernel counts them
  std::uint16_t permissions;
  std::optional<std::uint32_t> id;  // of a user's or group's entry; absent where it has only a name
  std::string name;
};

struct ArchiveEntry {
  std::string path;
  std::optional<std::string> hardlink;
  std::string symlink_target;
  mode_t type = 0;  // S_IFREG and so on
  mode_t mode = 0;  // permission bits, setuid, setgid and sticky among them
  uid_t uid = 0;
  gid_t gid = 0;
  dev_t device = 0;
  std::int64_t size = 0;  // of the content, holes included; -1 where the archive does not say
  timespec mtime{};       // tv_nsec may be UTIME_OMIT
  std::vector<Xattr> xattrs;
  std::vector<AclEntry> access_acl;  // empty where the mode says everything
  std::vector<AclEntry> default_acl;
};

// Only the thread that makes it may use and destroy it, as it sets that thread's locale meanwhile.
// All its functions throw Error.
class ArchiveReader {
 public:
  explicit ArchiveReader(const std::string& path);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // False at the end, which is checked: the whole file was read and was sound.
  bool next(ArchiveEntry& entry);

  // The next piece of the entry's content, at its offset: what lies between pieces is a hole. Good
  // until the next call; nothing at the end.
  struct Block {
    std::span<const char> data;
    std::int64_t offset;
  };
  std::optional<Block> next_block();

 private:
  struct Source;
  std::unique_ptr<Source> source_;
};

}  // namespace baker
