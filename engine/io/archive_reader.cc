#include "engine/io/archive_reader.h"

#include "engine/base/text.h"
#include "engine/io/archive_handle.h"
#include "engine/io/byte_source.h"
#include "engine/io/files.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <locale.h>
#include <sys/stat.h>

#include <cerrno>
#include <limits>

namespace baker {
namespace {

// libarchive turns the UTF-8 of pax headers into the locale's characters, and composes accents
// where that is UTF-8, too. In the C locale it can't, and gives the bytes as they are.
class CLocale {
 public:
  CLocale() : own_(::newlocale(LC_ALL_MASK, "C", nullptr)), before_(::uselocale(own_)) {}
  ~CLocale() {
    ::uselocale(before_);
    ::freelocale(own_);
  }
  CLocale(const CLocale&) = delete;
  CLocale& operator=(const CLocale&) = delete;

 private:
  locale_t own_;
  locale_t before_;
};

std::uint32_t checked_id(std::int64_t id) {
  // The highest one means "leave it" to chown.
  if (id < 0 || id >= std::numeric_limits<std::uint32_t>::max()) {
    throw Error(fmt::format("its owner {} is not a number that the system can store", id));
  }
  return static_cast<std::uint32_t>(id);
}

std::optional<std::uint16_t> kernel_tag(int tag) {
  switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
      return 0x01;
    case ARCHIVE_ENTRY_ACL_USER:
      return 0x02;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
      return 0x04;
    case ARCHIVE_ENTRY_ACL_GROUP:
      return 0x08;
    case ARCHIVE_ENTRY_ACL_MASK:
      return 0x10;
    case ARCHIVE_ENTRY_ACL_OTHER:
      return 0x20;
    default:
      return std::nullopt;
  }
}

std::vector<AclEntry> acl_of(archive_entry* from, int type) {
  std::vector<AclEntry> acl;
  if (::archive_entry_acl_reset(from, type) == 0) return acl;
  int of_type = 0, permissions = 0, tag = 0, id = 0;
  const char* name = nullptr;
  while (::archive_entry_acl_next(from, type, &of_type, &permissions, &tag, &id, &name) ==
         ARCHIVE_OK) {
    std::optional<std::uint16_t> known = kernel_tag(tag);
    if (!known) throw Error("its ACL is of a kind that Linux does not keep");
    acl.push_back({*known, static_cast<std::uint16_t>(permissions & 7), std::nullopt,
                   name ? std::string(name) : std::string()});
    if (id >= 0) acl.back().id = static_cast<std::uint32_t>(id);
  }
  return acl;
}

std::vector<Xattr> xattrs_of(archive_entry* from) {
  std::vector<Xattr> xattrs;
  ::archive_entry_xattr_reset(from);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (::archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
    xattrs.push_back({name, std::string(static_cast<const char*>(value), size)});
  }
  return xattrs;
}

timespec mtime_of(archive_entry* from) {
  if (!::archive_entry_mtime_is_set(from)) return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
  long nanoseconds = ::archive_entry_mtime_nsec(from);
  bool sound = nanoseconds >= 0 && nanoseconds < 1'000'000'000;
  return {.tv_sec = ::archive_entry_mtime(from), .tv_nsec = sound ? nanoseconds : 0};
}

void translate(archive_entry* from, ArchiveEntry& to) {
  const char* target = ::archive_entry_hardlink(from);
  const char* symlink = ::archive_entry_symlink(from);
  to.hardlink = target ? std::optional<std::string>(target) : std::nullopt;
  to.symlink_target = symlink ? symlink : "";
  to.type = ::archive_entry_filetype(from);
  to.mode = ::archive_entry_perm(from);
  to.uid = checked_id(::archive_entry_uid(from));
  to.gid = checked_id(::archive_entry_gid(from));
  to.device = ::archive_entry_rdev(from);
  to.size = ::archive_entry_size_is_set(from) ? ::archive_entry_size(from) : -1;
  to.mtime = mtime_of(from);
  to.xattrs = xattrs_of(from);
  to.access_acl = acl_of(from, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
  to.default_acl = acl_of(from, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
}

// What CLocale is for: the name is given as it is.
bool is_about_characters(archive* reader) {
  return archive_message(reader).find("can't be converted from") != std::string::npos;
}

bool is_zip(const std::string& path) {
  UniqueFd file = open_or_throw(path, O_RDONLY);
  char magic[4] = {};
  return ::pread(file.get(), magic, 4, 0) == 4 && std::string_view(magic, 4) == "PK\x03\x04";
}

}  // namespace

struct ArchiveReader::Source {
  std::unique_ptr<ByteSource> bytes;  // none for a zip, which is read from its end
  std::optional<ReadAhead> ahead;
  std::exception_ptr failure;  // of `ahead`, kept while libarchive's C code is left
  CLocale locale;
  ArchiveHandle handle = new_archive_reader();
  bool in_entry = false;
  std::int64_t end_of_last_entry = 0;

  void open_zip(const std::string& path) {
    // Only its directory at the end says what is a link, and what may be run.
    ::archive_read_support_format_zip_seekable(handle.get());
    if (::archive_read_open_filename(handle.get(), path.c_str(), 1 << 20) != ARCHIVE_OK) fail();
  }

  void open_tar(const std::string& path) {
    bytes = open_byte_source(path);
    ahead.emplace(*bytes);
    ::archive_read_support_format_tar(handle.get());
    if (::archive_read_open(handle.get(), this, nullptr, read_ahead, nullptr) != ARCHIVE_OK) fail();
  }

  static la_ssize_t read_ahead(archive* reader, void* self, const void** data) {
    auto* source = static_cast<Source*>(self);
    try {
      std::span<const char> block = source->ahead->next();
      *data = block.data();
      return static_cast<la_ssize_t>(block.size());
    } catch (...) {
      source->failure = std::current_exception();
      ::archive_set_error(reader, EIO, "the file can't be read");
      return -1;
    }
  }

  [[noreturn]] void fail() {
    if (failure) std::rethrow_exception(failure);
    if (::archive_format(handle.get()) == 0) {
      throw Error(bytes ? "it is neither a tar nor a zip archive"
                        : "it is a zip archive that is damaged or ends early");
    }
    throw Error("it is damaged or ends early: " + archive_message(handle.get()));
  }

  // A tar that was cut between two entries shows it only by the missing end marker; a compressed
  // one by the end of its compression, which may lie behind the last entry.
  void check_end() {
    if (!bytes) return;
    bool has_marker = ::archive_filter_bytes(handle.get(), 0) > end_of_last_entry;
    if (!bytes->compressed() && !has_marker) {
      throw Error("it ends early: there is no end-of-archive marker behind the last entry");
    }
    while (!ahead->next().empty()) {
    }
  }
};

ArchiveReader::ArchiveReader(const std::string& path) : source_(std::make_unique<Source>()) {
  if (is_zip(path)) {
    source_->open_zip(path);
  } else {
    source_->open_tar(path);
  }
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::next(ArchiveEntry& entry) {
  archive* reader = source_->handle.get();
  archive_entry* found = nullptr;
  if (source_->in_entry && ::archive_read_data_skip(reader) != ARCHIVE_OK) source_->fail();
  source_->in_entry = true;
  source_->end_of_last_entry = ::archive_filter_bytes(reader, 0);
  int result = ::archive_read_next_header(reader, &found);
  if (result == ARCHIVE_EOF) {
    source_->check_end();
    return false;
  }
  if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && is_about_characters(reader))) {
    source_->fail();
  }
  const char* path = ::archive_entry_pathname(found);
  entry.path = path ? path : "";
  try {
    translate(found, entry);
  } catch (Error& error) {
    throw error.during("entry " + json_quote(entry.path));
  }
  return true;
}

std::optional<ArchiveReader::Block> ArchiveReader::next_block() {
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  int result = ::archive_read_data_block(source_->handle.get(), &data, &size, &offset);
  if (result == ARCHIVE_EOF) return std::nullopt;
  if (result != ARCHIVE_OK) source_->fail();
  return Block{{static_cast<const char*>(data), size}, offset};
}

}  // namespace baker
