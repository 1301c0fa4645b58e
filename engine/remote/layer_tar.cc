#include "engine/remote/layer_tar.h"

#include "cache/file_copy.h"
#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "engine/io/archive_unpacker.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/io/whiteouts.h"
#include "engine/remote/zstd_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace baker {
namespace {

constexpr int kThreads = 2;
constexpr size_t kBlock = 1 << 20;
constexpr std::uint64_t kLargeFile = 64 << 20;  // only larger ones are looked at for holes
constexpr const char* kDeletedPrefix = ".wh.";
constexpr const char* kOpaqueName = ".wh..wh..opq";

// Attributes that only root sees, or that other programs read as ACLs.
bool stays_out_of_tars(const std::string& xattr) {
  return xattr.starts_with("trusted.") || xattr.starts_with("system.");
}

bool is_marked(const ListingEntry& entry) {
  return entry.path == "." || entry.type == 'w' ||
         std::ranges::any_of(entry.xattrs,
                             [](const auto& xattr) { return stays_out_of_tars(xattr.first); });
}

std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string beside(const std::string& path, const std::string& name) {
  return path.substr(0, path.rfind('/') + 1) + name;
}

mode_t file_type(char type) {
  switch (type) {
    case 'd':
      return S_IFDIR;
    case 'l':
      return S_IFLNK;
    case 'c':
      return S_IFCHR;
    case 'b':
      return S_IFBLK;
    case 'p':
      return S_IFIFO;
    default:
      return S_IFREG;
  }
}

// A piece of a file in which not every byte is zero, or that is too small to look.
struct DataRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

bool is_zero(const std::vector<char>& bytes, size_t count) {
  return count == 0 ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, count - 1) == 0);
}

// Of large files, in blocks, by what they hold: where a file system keeps holes makes no difference
// to the tar. Holes are not read.
std::vector<DataRange> data_in(int file, std::uint64_t size, std::vector<char>& buffer,
                               const std::string& path) {
  if (size <= kLargeFile) return {{0, size}};
  std::vector<DataRange> ranges;
  for (std::uint64_t at = 0; at < size;) {
    const off_t data = lseek(file, static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    if (data < 0) throw system_error("cannot read " + path);
    const std::uint64_t block = static_cast<std::uint64_t>(data) / kBlock * kBlock;
    const std::uint64_t count = std::min<std::uint64_t>(kBlock, size - block);
    if (pread(file, buffer.data(), count, static_cast<off_t>(block)) != static_cast<ssize_t>(count))
      throw system_error("cannot read " + path);
    if (!is_zero(buffer, count)) {
      if (!ranges.empty() && ranges.back().offset + ranges.back().size == block)
        ranges.back().size += count;
      else
        ranges.push_back({block, count});
    }
    at = block + kBlock;
  }
  return ranges;
}

class TarWriter {
 public:
  TarWriter(std::string tree, const std::string& file)
      : tree_(std::move(tree)),
        file_(file, kThreads),
        archive_(archive_write_new()),
        entry_(archive_entry_new()),
        buffer_(kBlock) {
    if (!archive_ || !entry_) throw Error("not enough memory to write a tar");
    require(archive_write_set_format_pax_restricted(archive_.get()));
    // Names are bytes; attributes are written as GNU tar and Docker do.
    require(archive_write_set_options(archive_.get(), "hdrcharset=BINARY,xattrheader=SCHILY"));
    require(archive_write_set_bytes_per_block(archive_.get(), 0));
    require(archive_write_open(archive_.get(), &file_, nullptr, &TarWriter::on_bytes, nullptr));
  }

  void add(const ListingEntry& entry) {
    if (Whiteouts::is_whiteout(name_in(entry.path)))
      throw Error("/" + entry.path +
                  " has a name that deletes something in layers of this kind (.wh.…): this layer "
                  "can't be shared");
    if (entry.type == 'w')
      return add_empty(beside(entry.path, kDeletedPrefix + name_in(entry.path)), entry.mtime);
    if (!entry.implied()) add_as_it_is(entry);
    if (entry.opaque()) add_empty(entry.path + "/" + kOpaqueName, entry.mtime);
  }

  LayerTar finish() {
    require(archive_write_close(archive_.get()));
    const ZstdFile::Written written = file_.finish();
    return {written.compressed, written.size, written.plain};
  }

 private:
  static la_ssize_t on_bytes(archive* writer, void* file, const void* bytes, size_t size) {
    try {
      static_cast<ZstdFile*>(file)->write({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (const Error& error) {
      archive_set_error(writer, EIO, "%s", error.describe().c_str());
      return -1;
    }
  }

  void require(int code) {
    if (code >= ARCHIVE_WARN) return;
    const char* message = archive_error_string(archive_.get());
    throw Error(message ? message : "cannot write a tar");
  }

  archive_entry* begin(const std::string& path, mode_t type, std::int64_t mtime) {
    archive_entry* const entry = archive_entry_clear(entry_.get());
    archive_entry_copy_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_mtime(entry, mtime, 0);
    archive_entry_set_size(entry, 0);
    return entry;
  }

  void add_empty(const std::string& path, std::int64_t mtime) {
    archive_entry* const entry = begin(path, S_IFREG, mtime);
    archive_entry_set_perm(entry, 0);
    require(archive_write_header(archive_.get(), entry));
  }

  void add_as_it_is(const ListingEntry& listed) {
    archive_entry* const entry = begin(listed.path, file_type(listed.type), listed.mtime);
    archive_entry_set_perm(entry, listed.mode);
    archive_entry_set_uid(entry, listed.uid);
    archive_entry_set_gid(entry, listed.gid);
    if (listed.type == 'l') archive_entry_copy_symlink(entry, listed.content.c_str());
    if (listed.type == 'h') archive_entry_copy_hardlink(entry, listed.content.c_str());
    if (listed.type == 'c' || listed.type == 'b') {
      const size_t colon = listed.device.find(':');
      archive_entry_set_rdevmajor(entry, static_cast<dev_t>(std::atol(listed.device.c_str())));
      archive_entry_set_rdevminor(entry,
                                  static_cast<dev_t>(std::atol(listed.device.c_str() + colon + 1)));
    }
    for (const auto& [name, value] : listed.xattrs)
      if (!stays_out_of_tars(name))
        archive_entry_xattr_add_entry(entry, name.c_str(), value.data(), value.size());
    if (listed.type == 'f' && listed.size > 0) return add_file(entry, listed);
    require(archive_write_header(archive_.get(), entry));
  }

  void add_file(archive_entry* entry, const ListingEntry& listed) {
    const std::string path = tree_ + "/" + listed.path;
    const UniqueFd source = open_or_throw(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fstat(source.get(), &status) != 0 ||
        static_cast<std::uint64_t>(status.st_size) != listed.size)
      throw Error(path + " is not as long as its layer says");
    const std::vector<DataRange> ranges = data_in(source.get(), listed.size, buffer_, path);
    archive_entry_set_size(entry, static_cast<la_int64_t>(listed.size));
    const bool is_whole = ranges.size() == 1 && ranges[0].size == listed.size;
    for (const DataRange& range : ranges)
      if (!is_whole)
        archive_entry_sparse_add_entry(entry, static_cast<la_int64_t>(range.offset),
                                       static_cast<la_int64_t>(range.size));
    if (ranges.empty())  // else libarchive takes it for a file without holes
      archive_entry_sparse_add_entry(entry, static_cast<la_int64_t>(listed.size), 0);
    require(archive_write_header(archive_.get(), entry));
    std::uint64_t at = 0;
    for (const DataRange& range : ranges) {
      add_zeros(range.offset - at);
      add_data(source.get(), range, path);
      at = range.offset + range.size;
    }
    add_zeros(listed.size - at);
  }

  // Of a hole, which libarchive leaves out.
  void add_zeros(std::uint64_t count) {
    static const std::vector<char> zeros(kBlock);
    for (; count > 0; count -= std::min<std::uint64_t>(count, kBlock))
      add_bytes(zeros.data(), std::min<std::uint64_t>(count, kBlock));
  }

  void add_data(int source, const DataRange& range, const std::string& path) {
    for (std::uint64_t done = 0; done < range.size;) {
      const ssize_t count =
          pread(source, buffer_.data(), std::min<std::uint64_t>(kBlock, range.size - done),
                static_cast<off_t>(range.offset + done));
      if (count < 0) throw system_error("cannot read " + path);
      if (count == 0) throw Error(path + " is shorter than its layer says");
      add_bytes(buffer_.data(), static_cast<size_t>(count));
      done += static_cast<std::uint64_t>(count);
    }
  }

  void add_bytes(const char* bytes, size_t count) {
    const la_ssize_t taken = archive_write_data(archive_.get(), bytes, count);
    if (taken < 0) require(ARCHIVE_FATAL);
    if (taken != static_cast<la_ssize_t>(count))
      throw Error("libarchive took less than it was given");
  }

  struct FreeWriter {
    void operator()(archive* writer) const { archive_write_free(writer); }
  };
  struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
  };
  std::string tree_;
  ZstdFile file_;
  std::unique_ptr<archive, FreeWriter> archive_;
  std::unique_ptr<archive_entry, FreeEntry> entry_;
  std::vector<char> buffer_;
};

void give_all(const ListingEntry& entry, const std::string& path) {
  FileCopier().give_attributes(entry, path);
  for (const auto& [name, value] : entry.xattrs)
    if (lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0)
      throw system_error("cannot set the attribute " + name + " of " + path, path);
}

// Before the tar is unpacked, which gives the folders around them their times.
void make_deletions(const Listing& marks, RootDir& root) {
  for (size_t i = 0; i < marks.size(); ++i) {
    const ListingEntry entry = marks.at(i);
    if (entry.type != 'w') continue;
    const RootDir::Place place = root.place("/" + entry.path);
    if (mknodat(place.parent.get(), place.name.c_str(), S_IFCHR, makedev(0, 0)) != 0)
      throw system_error("cannot make the deletion of /" + entry.path);
  }
}

// Nothing is written into a folder once it has its time.
void make_marked_folders(const Listing& marks, RootDir& root) {
  for (size_t i = 0; i < marks.size(); ++i)
    if (const ListingEntry entry = marks.at(i); entry.type == 'd' && entry.path != ".")
      root.place("/" + entry.path + "/any");
}

// No symlink of the tar leads out of the tree.
void give_marks(const Listing& marks, const RootDir& root) {
  for (size_t i = marks.size(); i-- > 0;) {
    const ListingEntry entry = marks.at(i);
    const std::string path = root.host_path() + "/" + entry.path;
    const std::optional<struct stat> inside = root.status("/" + entry.path);
    struct stat outside;
    if (!inside || lstat(path.c_str(), &outside) != 0 || inside->st_ino != outside.st_ino ||
        inside->st_dev != outside.st_dev)
      throw Error("its marks name /" + entry.path + ", which the tar does not have");
    give_all(entry, path);
  }
}

}  // namespace

std::string marks_of(const Listing& listing) {
  std::string lines;
  for (size_t i = 0; i < listing.size(); ++i)
    if (const ListingEntry entry = listing.at(i); is_marked(entry)) lines += line_of(entry);
  return lines;
}

LayerTar write_layer_tar(const std::string& tree, const Listing& listing, const std::string& file) {
  TarWriter writer(tree, file);
  for (size_t i = 0; i < listing.size(); ++i)
    if (const ListingEntry entry = listing.at(i); entry.path != ".") writer.add(entry);
  return writer.finish();
}

void unpack_layer_tar(const std::string& file, const std::string& marks_text, const Digest& layer,
                      const std::string& folder) {
  const std::string tree = folder + "/tree";
  make_directories(tree, 0700);
  const Listing marks = Listing::parse(marks_text);
  RootDir root(tree);
  make_deletions(marks, root);
  make_marked_folders(marks, root);
  unpack_archive(file, "the layer's tar", root, {.whiteouts = WhiteoutNames::kLeaveOut});
  give_marks(marks, root);
  const Listing listing = list_tree(tree);
  if (digest_of(listing.text()) != layer)
    throw Error("what was unpacked is not the layer that its record names");
  write_file_atomically(folder + "/listing", std::string(listing.text()), 0644, false);
}

}  // namespace baker
