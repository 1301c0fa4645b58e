#include "engine/io/id_map.h"

#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/vfs.h>

#include <linux/magic.h>

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
  struct statfs status;
  ASSERT_EQ(statfs(bench_.path().c_str(), &status), 0);
  if (status.f_type != EXT4_SUPER_MAGIC && status.f_type != BTRFS_SUPER_MAGIC)
    GTEST_SKIP() << "the folder of tests is neither on ext4 nor on btrfs";
  EXPECT_TRUE(can_map_ids(bench_.path()));
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
