#include "key_files.h"

#include <baker/sdk/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace baker::tls_authority {
namespace {

namespace fs = std::filesystem;

void must(bool done, const std::string& doing, const fs::path& path) {
  if (!done) throw StageError("can't " + doing + " " + path.string() + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    must(fd_ >= 0, "open", path);
  }
  ~Descriptor() { close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// What is right is left alone, so that nothing is written to the disk.
void give(int fd, const fs::path& path, gid_t group, mode_t mode) {
  struct stat found {};
  must(fstat(fd, &found) == 0, "look at", path);
  if (found.st_uid != 0 || found.st_gid != group)
    must(fchown(fd, 0, group) == 0, "set the owner of", path);
  if ((found.st_mode & 07777) != mode) must(fchmod(fd, mode) == 0, "set the mode of", path);
}

}  // namespace

std::string read_key_file(const fs::path& file) {
  if (!fs::exists(file)) return "";
  std::ifstream stream(file);
  must(stream.good(), "read", file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void give_key_folder(const fs::path& folder, gid_t group, mode_t mode) {
  const Descriptor opened(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  give(opened.get(), folder, group, mode);
}

void write_key_file(const fs::path& file, const std::string& text, gid_t group, mode_t mode) {
  const fs::path beside = file.parent_path() / ("." + file.filename().string() + ".new");
  must(unlink(beside.c_str()) == 0 || errno == ENOENT, "remove", beside);
  const Descriptor fresh(beside, O_WRONLY | O_CREAT | O_EXCL);
  must(write(fresh.get(), text.data(), text.size()) == std::ssize(text), "write", beside);
  give(fresh.get(), beside, group, mode);
  must(fsync(fresh.get()) == 0, "write", beside);
  must(rename(beside.c_str(), file.c_str()) == 0, "replace", file);
  const Descriptor folder(file.parent_path(), O_RDONLY | O_DIRECTORY);
  must(fsync(folder.get()) == 0, "write", file.parent_path());
}

void give_key_file(const fs::path& file, gid_t group, mode_t mode) {
  const Descriptor opened(file, O_RDONLY | O_NOFOLLOW);
  give(opened.get(), file, group, mode);
}

}  // namespace baker::tls_authority
