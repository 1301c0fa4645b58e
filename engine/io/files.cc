#include "engine/io/files.h"

#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>

namespace baker {
namespace {

// ENODEV and ESRCH: a file of a cgroup or of a process that went away after it was found.
bool says_absent(int reason) {
  return reason == ENOENT || reason == ENOTDIR || reason == ENODEV || reason == ESRCH;
}

}  // namespace

std::optional<std::string> read_file_if_exists(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (fd.valid() && fstat(fd.get(), &status) == 0 && S_ISFIFO(status.st_mode))
    throw Error("cannot read " + path + ": it is a pipe");
  std::optional<std::string> content = fd.valid() ? try_read_all(fd.get()) : std::nullopt;
  if (!content && !says_absent(errno)) throw system_error("cannot read " + path);
  return content;
}

std::optional<std::string> read_regular_file(const std::string& path) {
  constexpr off_t kMostBytes = off_t{1} << 30;  // the listing of a layer of ten million files
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!fd.valid() && !says_absent(errno) && errno != ENXIO)  // that is a socket
    throw system_error("cannot read " + path);
  if (!fd.valid() || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kMostBytes)
    return std::nullopt;
  return read_all(fd.get());
}

std::string read_file(const std::string& path) {
  std::optional<std::string> content = read_file_if_exists(path);
  if (!content) throw Error("cannot read " + path + ": no such file");
  return *std::move(content);
}

std::string read_all(int fd) {
  if (std::optional<std::string> all = try_read_all(fd)) return *std::move(all);
  throw system_error("cannot read");
}

std::optional<std::string> try_read_all(int fd) {
  std::string all;
  char buffer[65536];
  for (;;) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return all;
    all.append(buffer, static_cast<size_t>(count));
  }
}

std::string link_target(const std::string& path) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) throw system_error("cannot read the link " + path);
  target.resize(static_cast<size_t>(size));
  return target;
}

void write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw write_error("cannot write " + path, path, content.size());
    content.remove_prefix(static_cast<size_t>(count));
  }
}

namespace {

std::string next_to(const std::string& path) {
  const size_t name = path.rfind('/') + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".next";
}

// New, and for this writer only: whoever had one before has renamed it, or was killed.
UniqueFd open_alone(const std::string& path, mode_t mode) {
  for (;;) {
    UniqueFd file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode));
    if (!file.valid() && (errno == ENXIO || errno == ELOOP)) {  // a FIFO or a link: nothing of ours
      remove_file(path);
      continue;
    }
    if (!file.valid()) throw system_error("cannot open " + path, path);
    while (flock(file.get(), LOCK_EX) != 0) {
      if (errno == ENOLCK || errno == EOPNOTSUPP) break;  // a file system without locks
      if (errno != EINTR) throw system_error("cannot lock " + path, path);
    }
    struct stat ours, there;
    if (fstat(file.get(), &ours) != 0 || lstat(path.c_str(), &there) != 0 ||
        ours.st_dev != there.st_dev || ours.st_ino != there.st_ino)
      continue;
    if (ours.st_size == 0 && ours.st_nlink == 1) return file;
    remove_file(path);  // left by a killed writer
  }
}

}  // namespace

void write_file_atomically(const std::string& path, std::string_view content, mode_t mode,
                           bool durable) {
  const std::string next = next_to(path);
  const UniqueFd fd = open_alone(next, mode);
  try {
    write_all(fd.get(), content, next);
    if (durable && fsync(fd.get()) != 0) throw system_error("cannot sync " + next, next);
    if (rename(next.c_str(), path.c_str()) != 0) throw system_error("cannot write " + path, path);
  } catch (...) {
    unlink(next.c_str());
    throw;
  }
  if (!durable) return;
  sync_folder(parent_path(path));
}

void sync_folder(const std::string& path) {
  const UniqueFd folder = open_or_throw(path, O_RDONLY | O_DIRECTORY);
  if (fsync(folder.get()) != 0) throw system_error("cannot sync the folder " + path, path);
}

void sync_file_system(const std::string& folder) {
  UniqueFd fd = open_or_throw(folder, O_RDONLY | O_DIRECTORY);
  if (syncfs(fd.get()) != 0) throw system_error("cannot sync the file system of " + folder, folder);
}

void make_directories(const std::string& path, mode_t mode) {
  if (path.empty() || is_directory(path)) return;
  make_directories(parent_path(path), 0755);
  if (mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_directory(path))) return;
  if (errno == EEXIST) errno = ENOTDIR;
  throw system_error("cannot make the folder " + path, path);
}

bool on_one_file_system(const std::string& a, const std::string& b) {
  struct stat first, second;
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev;
}

bool says_nothing_to_see(int error) {
  return says_absent(error) || error == EACCES || error == ELOOP || error == ENAMETOOLONG;
}

bool is_directory(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
  if (!says_nothing_to_see(errno)) throw system_error("cannot look at " + path, path);
  return false;
}

bool path_exists(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) return true;
  if (!says_nothing_to_see(errno)) throw system_error("cannot look at " + path, path);
  return false;
}

void remove_file(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    throw system_error("cannot remove " + path, path);
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  errno = error.value();
  if (error && !says_absent(errno)) throw system_error("cannot read the folder " + path);
  std::sort(names.begin(), names.end());
  return names;
}

std::string absolute_path(const std::string& path) {
  std::error_code gone;
  std::string folded = std::filesystem::absolute(path, gone).lexically_normal().string();
  if (gone) throw Error("the working folder is gone: go to another one, or give absolute paths");
  if (folded.size() > 1 && folded.back() == '/') folded.pop_back();
  return folded;
}

std::string parent_path(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

UniqueFd open_or_throw(const std::string& path, int flags, mode_t mode) {
  UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) throw system_error("cannot open " + path, path);
  return fd;
}

}  // namespace baker
