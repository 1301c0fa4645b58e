#include "engine/machines/console.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace baker {
namespace {

constexpr off_t kMost = 1 << 20;  // bytes
constexpr off_t kBeginning = 64 << 10;
constexpr off_t kEnd = 256 << 10;
constexpr off_t kBlockOfStat = 512;  // stat(3type)

std::string read_at(int file, off_t at, off_t size, const std::string& path) {
  std::string text(static_cast<std::size_t>(size), '\0');
  const ssize_t got = pread(file, text.data(), text.size(), at);
  if (got < 0) throw system_error("cannot read " + path);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace

void trim_console(int console) {
  struct stat status;
  if (fstat(console, &status) != 0 || status.st_blocks * kBlockOfStat <= kMost) return;
  fallocate(console, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, kBeginning,
            status.st_size - kEnd - kBeginning);
}

std::string read_console(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file.valid() && errno == ENOENT) return "";
  if (!file.valid() || fstat(file.get(), &status) != 0) throw system_error("cannot read " + path);
  const off_t size = status.st_size;
  if (size <= kBeginning + kEnd) return read_at(file.get(), 0, size, path);
  return read_at(file.get(), 0, kBeginning, path) +
         fmt::format("\n[{} bytes]\n", size - kBeginning - kEnd) +
         read_at(file.get(), size - kEnd, kEnd, path);
}

}  // namespace baker
