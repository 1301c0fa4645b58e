// What the kernel says of mounts, proc(5).
#include "engine/io/mount_table.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

TEST(MountTableTest, ReadsWhatTheKernelSaysOfAMount) {
  const Mount mount =
      parse_mounts("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw\n")
          .at(0);
  EXPECT_EQ(mount.device, "98:0");
  EXPECT_EQ(mount.root, "/mnt1");
  EXPECT_EQ(mount.point, "/mnt2");
  EXPECT_EQ(mount.type, "ext3");
  EXPECT_EQ(mount.source, "/dev/root");
  EXPECT_TRUE(mount.is_shared);
}

TEST(MountTableTest, AMountNeedNotBeSharedWithAnybody) {
  EXPECT_FALSE(parse_mounts("36 35 98:0 / /mnt rw - tmpfs none rw\n").at(0).is_shared);
}

TEST(MountTableTest, BlanksInAPathAreWrittenAsNumbers) {
  EXPECT_EQ(parse_mounts(R"(36 35 98:0 / /a\040b\134c rw - tmpfs none rw)").at(0).point,
            R"(/a b\c)");
}

TEST(MountTableTest, WhatIsNoLineOfAMountIsLeftOut) {
  EXPECT_TRUE(parse_mounts("\n36 35\n").empty());
}

TEST(MountTableTest, KnowsWhatAPathLiesIn) {
  MountTable mounts;
  ASSERT_NE(mounts.at("/proc"), nullptr);
  EXPECT_EQ(mounts.at("/proc/self"), nullptr);
  EXPECT_EQ(mounts.around("/proc/sys/kernel")->type, mounts.at("/proc")->type);
}

}  // namespace
}  // namespace baker
