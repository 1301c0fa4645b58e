#include "engine/io/id_map.h"

#include <gtest/gtest.h>

#include <sys/mount.h>

#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

class IdMap : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "mounting needs root";
  }
  testing::Workbench bench_;
};

TEST_F(IdMap, IsPossibleOnOrdinaryFileSystems) {
  for (const std::string type : {"ext4", "btrfs"}) {
    std::filesystem::create_directory(bench_.path() / type);
    const testing::LoopDisk disk(bench_.path() / (type + ".image"), bench_.path() / type, type);
    EXPECT_TRUE(can_map_ids(bench_.path() / type)) << type;
  }
}

TEST_F(IdMap, IsImpossibleOnOverlayfs) {
  for (const char* name : {"lower", "upper", "work", "merged"})
    std::filesystem::create_directory(bench_.path() / name);
  const std::string merged = bench_.path() / "merged";
  const std::string options = "lowerdir=" + (bench_.path() / "lower").string() +
                              ",upperdir=" + (bench_.path() / "upper").string() +
                              ",workdir=" + (bench_.path() / "work").string();
  ASSERT_EQ(mount("overlay", merged.c_str(), "overlay", 0, options.c_str()), 0);
  const bool can = can_map_ids(merged);
  umount2(merged.c_str(), MNT_DETACH);
  EXPECT_FALSE(can);
}

TEST_F(IdMap, IsImpossibleWhereNothingIs) {
  EXPECT_FALSE(can_map_ids(bench_.path() / "nowhere"));
}

}  // namespace
}  // namespace baker
