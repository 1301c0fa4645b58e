#include "engine/io/copy_content.h"

#include "engine/base/error.h"
#include "engine/io/disk_space.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace baker {
namespace {

void write_whole(int to, const char* bytes, size_t size, off_t at, const std::string& path) {
  while (size > 0) {
    const ssize_t count = pwrite(to, bytes, size, at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw write_error("cannot write " + path, path, size);
    bytes += count;
    size -= static_cast<size_t>(count);
    at += count;
  }
}

void copy_by_hand(int from, int to, off_t at, off_t end, const std::string& path) {
  char buffer[1 << 17];
  while (at < end) {
    const size_t wanted = std::min<size_t>(sizeof buffer, static_cast<size_t>(end - at));
    const ssize_t count = pread(from, buffer, wanted, at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("cannot read what becomes " + path);
    if (count == 0)
      throw Error("cannot copy to " + path + ": what it is copied from became shorter");
    write_whole(to, buffer, static_cast<size_t>(count), at, path);
    at += count;
  }
}

// The next byte after `at` that is in a hole or, with SEEK_DATA, is not; the end of the file where
// there is none.
off_t next(int file, off_t at, int what, off_t size, const std::string& path) {
  const off_t found = lseek(file, at, what);
  if (found >= 0) return found;
  if (errno == ENXIO) return size;  // only a hole is left
  throw system_error("cannot find the holes of what becomes " + path);
}

void copy_range(int from, int to, off_t start, off_t end, const std::string& path) {
  off_t read_at = start;
  off_t write_at = start;
  while (read_at < end) {
    const ssize_t count =
        copy_file_range(from, &read_at, to, &write_at, static_cast<size_t>(end - read_at), 0);
    if (count > 0) continue;
    if (count == 0)
      throw Error("cannot copy to " + path + ": what it is copied from became shorter");
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
      throw write_error("cannot write " + path, path, static_cast<std::uint64_t>(end - read_at));
    return copy_by_hand(from, to, read_at, end, path);
  }
}

void copy_around_holes(int from, int to, off_t size, const std::string& path) {
  for (off_t at = 0; at < size;) {
    const off_t data = next(from, at, SEEK_DATA, size, path);
    const off_t hole = next(from, data, SEEK_HOLE, size, path);
    copy_range(from, to, data, hole, path);
    at = hole;
  }
  if (ftruncate(to, size) != 0) throw system_error("cannot write " + path, path);
}

}  // namespace

CopiedBy copy_content(int from, int to, const std::string& name, bool may_share) {
  if (may_share && ioctl(to, FICLONE, from) == 0) return CopiedBy::kSharingBlocks;
  struct stat status {};
  if (fstat(from, &status) != 0) throw system_error("cannot look at what becomes " + name);
  if (allocated_bytes(status) < static_cast<std::uint64_t>(status.st_size)) {
    copy_around_holes(from, to, status.st_size, name);
  } else {
    copy_range(from, to, 0, status.st_size, name);
  }
  return CopiedBy::kCopying;
}

}  // namespace baker
