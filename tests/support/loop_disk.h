// A file system in a file.
#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/host_program.h"
#include "tests/support/workbench.h"

namespace baker::testing {

// From now on what this process and its children mount goes with them, however they end.
inline void keep_mounts_to_this_process() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    throw std::runtime_error("the test can't make a mount namespace");
}

// Mounted on a folder as long as this object lives; the loop device goes with the last mount.
class LoopDisk {
 public:
  LoopDisk(const std::filesystem::path& image, const std::filesystem::path& folder,
           const std::string& type, const std::string& size = "1G",
           const std::vector<std::string>& options = {})
      : folder_(folder) {
    must({"truncate", "-s", size, image});
    std::vector<std::string> make = {"mkfs." + type, "-q"};
    make.insert(make.end(), options.begin(), options.end());
    make.push_back(image);
    must(make);
    must({"mount", "-o", "loop", image, folder});
  }
  // One that is there.
  LoopDisk(const std::filesystem::path& image, const std::filesystem::path& folder)
      : folder_(folder) {
    must({"mount", "-o", "loop", image, folder});
  }
  ~LoopDisk() { umount2(folder_.c_str(), MNT_DETACH); }
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;

 private:
  static void must(const std::vector<std::string>& argv) {
    const Outcome outcome = run_program(argv);
    if (outcome.exit_status != 0) throw std::runtime_error(argv[0] + ": " + outcome.all());
  }

  std::filesystem::path folder_;
};

// The workbench's folder lies on a btrfs from now on, on which a copy of a tree costs nothing: most
// of the work of a test is elsewhere then. Its file is gone with the mount.
inline std::unique_ptr<LoopDisk> place_on_btrfs(const Workbench& bench) {
  keep_mounts_to_this_process();
  const Workbench elsewhere;
  return std::make_unique<LoopDisk>(elsewhere.path() / "image", bench.path(), "btrfs", "16G");
}

}  // namespace baker::testing
