#include "engine/io/download/partial_file.h"

#include "engine/base/text.h"
#include "engine/io/disk_space.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace baker {
namespace {

std::string folder_of_partials(const std::string& store) {
  return store + "/partial";
}

// Whoever held the file before may have published or removed it between our open and our lock.
bool still_lies_at(const std::string& path, int file) {
  struct stat held {};
  struct stat lying {};
  return ::fstat(file, &held) == 0 && ::lstat(path.c_str(), &lying) == 0 &&
         held.st_ino == lying.st_ino && held.st_dev == lying.st_dev;
}

Error no_space(const std::string& path, const DiskSpace& space, std::uint64_t needed) {
  const std::uint64_t missing = needed - std::min(needed, space.free_bytes);
  return Error("cannot write \"" + path + "\": the file system at \"" + space.mount_point +
               "\" is full: it has " + human_bytes(space.free_bytes) + " left, and at least " +
               human_bytes(std::max<std::uint64_t>(missing, 1)) + " more are needed");
}

}  // namespace

std::optional<std::uint64_t> size_in_store(const std::string& store, const Digest& digest) {
  struct stat status {};
  if (::lstat((store + "/" + digest.file_name()).c_str(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

std::optional<PartialFile> PartialFile::try_lock(const std::string& store, const Digest& digest) {
  const std::string folder = folder_of_partials(store);
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    errno = failure.value();
    throw system_error("cannot make the folder \"" + folder + "\"", folder);
  }
  const std::string path = folder + "/" + digest.file_name();
  for (;;) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file.valid()) throw system_error("cannot open \"" + path + "\"", path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      throw system_error("cannot lock \"" + path + "\"", path);
    }
    if (still_lies_at(path, file.get())) return PartialFile(store, digest, std::move(file));
  }
}

PartialFile::PartialFile(std::string store, const Digest& digest, UniqueFd file)
    : store_(std::move(store)),
      name_(digest.file_name()),
      path_(folder_of_partials(store_) + "/" + name_),
      file_(std::move(file)),
      algorithm_(algorithm_of(digest)),
      hasher_(algorithm_),
      size_(hasher_.update_from_file(file_.get(), path_)) {}

PartialFile::~PartialFile() {
  if (file_.valid() && size_ == 0) ::unlink(path_.c_str());
}

void PartialFile::require_space(std::uint64_t bytes) const {
  const auto space = disk_space(path_);
  if (space && space->free_bytes < bytes) throw no_space(path_, *space, bytes);
}

void PartialFile::append(std::string_view bytes, std::uint64_t still_to_come) {
  still_to_come = std::max<std::uint64_t>(still_to_come, bytes.size());
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int number = errno;
      if (number == ENOSPC) require_space(still_to_come);
      errno = number;
      throw system_error("cannot write \"" + path_ + "\"", path_);
    }
    const auto written = static_cast<std::size_t>(count);
    hasher_.update(bytes.substr(0, written));
    bytes.remove_prefix(written);
    size_ += written;
    still_to_come -= written;
  }
}

void PartialFile::restart() {
  if (::ftruncate(file_.get(), 0) != 0) throw system_error("cannot truncate \"" + path_ + "\"");
  hasher_ = Hasher(algorithm_);
  size_ = 0;
}

void PartialFile::publish(bool durable) {
  if (durable && ::fsync(file_.get()) != 0)
    throw system_error("cannot sync \"" + path_ + "\"", path_);
  const std::string target = store_ + "/" + name_;
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST) throw system_error("cannot put \"" + path_ + "\" into the store", path_);
    ::unlink(path_.c_str());
  }
  file_.reset();
  if (durable) sync_folder(store_);
}

void PartialFile::discard() {
  ::unlink(path_.c_str());
  file_.reset();
}

}  // namespace baker
