#include "tests/support/power_cut.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "engine/io/unique_fd.h"
#include "tests/support/waiting.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

// Of the kernel, fs/ext4/ext4.h and fs/xfs/libxfs/xfs_fs.h, and of no header that every host has:
// the disk takes nothing any more, and what the journal holds in memory is lost.
constexpr unsigned long kShutDown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kNoLogFlush = 2;

}  // namespace

DiskWithAPlug::DiskWithAPlug(const fs::path& folder, const std::string& type)
    : folder_(folder), type_(type) {
  keep_mounts_to_this_process();
  disk_ = std::make_unique<LoopDisk>(image(), folder_, type_, "512M");
}

// btrfs has no such call; but what it has in memory is not in its file.
void DiskWithAPlug::pull_the_plug() {
  const fs::path copy = elsewhere_.path() / "copy";
  if (type_ != "btrfs") {
    shut_down();
  } else if (run_program({"cp", "--sparse=always", image(), copy}).exit_status != 0) {
    throw std::runtime_error("the disk can't be copied");
  }
  disk_.reset();
  if (!comes_true([this] { return run_program({"losetup", "-j", image()}).out.empty(); }))
    throw std::runtime_error("the disk is still in use");
  if (fs::exists(copy)) fs::rename(copy, image());
  disk_ = std::make_unique<LoopDisk>(image(), folder_);
}

void DiskWithAPlug::shut_down() const {
  const UniqueFd root(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::uint32_t how = kNoLogFlush;
  if (ioctl(root.get(), kShutDown, &how) != 0)
    throw std::runtime_error(std::string("the disk can't be shut down: ") + strerror(errno));
}

}  // namespace baker::testing
