#include "tests/support/flagship.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

std::string content_of_file(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path kept_folder() {
  const char* chosen = std::getenv("BAKER_TEST_CACHE");
  const fs::path folder = chosen ? fs::path(chosen) : fs::path(BAKER_TEST_DATA) / "flagship";
  fs::create_directories(folder);
  return fs::canonical(folder);
}

class KeptFolderLock {
 public:
  explicit KeptFolderLock(int how)
      : fd_(open((kept_folder() / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || flock(fd_, how) != 0)
      throw std::system_error(errno, std::generic_category(), "locking the baked flagship");
  }
  ~KeptFolderLock() { close(fd_); }
  KeptFolderLock(const KeptFolderLock&) = delete;
  KeptFolderLock& operator=(const KeptFolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace

std::string flagship_text() {
  return content_of_file(fs::path(BAKER_SOURCE) / "pipelines/kraft3.toml");
}

std::string flagship_base() {
  const std::string kept = content_of_file(kept_folder() / "base");
  return kept.empty() ? "jammy" : kept;
}

void use_host_as_flagship_base() {
  std::ofstream(kept_folder() / "base") << "host";
}

Outcome bake_kept_flagship(const Workbench& bench, const std::vector<std::string>& arguments) {
  const KeptFolderLock lock(LOCK_EX);
  const fs::path kept = kept_folder();
  std::error_code absent;
  fs::create_directories(kept / "cache");
  fs::create_directory_symlink(kept / "cache", bench.cache());
  std::vector<std::string> all = {"run",         bench.write("kraft3.toml", flagship_text()),
                                  "--lock-file", kept / "kraft3.lock.toml",
                                  "--set",       "base=" + flagship_base()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome baked = bench.baker(all);
  fs::remove(bench.cache());
  return baked;
}

void copy_kept_flagship(const Workbench& bench) {
  const KeptFolderLock lock(LOCK_SH);
  const fs::path kept = kept_folder();
  if (!fs::exists(kept / "kraft3.lock.toml")) return;
  const bool one_file_system =
      run_program({"cp", "--archive", "--link", kept / "cache", bench.cache()}).exit_status == 0;
  if (!one_file_system) {
    fs::remove_all(bench.cache());
    const Outcome copied = run_program({"cp", "--archive", kept / "cache", bench.cache()});
    if (copied.exit_status != 0) throw std::runtime_error(copied.all());
  }
  fs::copy_file(kept / "kraft3.lock.toml", bench.path() / "kraft3.lock.toml");
}

}  // namespace baker::testing
