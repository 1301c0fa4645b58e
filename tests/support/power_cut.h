// A disk whose power is cut: what was not yet on it is gone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {

class DiskWithAPlug {
 public:
  // An empty file system (ext4, xfs or btrfs) on `folder`, as long as this object lives.
  DiskWithAPlug(const std::filesystem::path& folder, const std::string& type);

  // Returns once the disk is there again. Nobody uses it meanwhile. Throws std::runtime_error.
  void pull_the_plug();

 private:
  std::filesystem::path image() const { return elsewhere_.path() / "image"; }
  void shut_down() const;

  const std::filesystem::path folder_;
  const std::string type_;
  const Workbench elsewhere_;
  std::unique_ptr<LoopDisk> disk_;
};

}  // namespace baker::testing
