#include "engine/machines/console.h"

#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
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

}  // namespace

void trim_console(int console) {
  struct stat status;
  if (fstat(console, &status) != 0 || status.st_blocks * kBlockOfStat <= kMost) return;
  fallocate(console, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, kBeginning,
            status.st_size - kEnd - kBeginning);
}

std::string end_of_console(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file.valid() && errno == ENOENT) return "";
  if (!file.valid() || fstat(file.get(), &status) != 0) throw system_error("cannot read " + path);
  std::string text(static_cast<std::size_t>(std::min(status.st_size, kEnd)), '\0');
  const ssize_t got =
      pread(file.get(), text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
  if (got < 0) throw system_error("cannot read " + path);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace baker
