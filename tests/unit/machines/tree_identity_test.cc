#include "engine/machines/tree_identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/loop_disk.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

class TreeIdentityTest : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "to mount a disk needs root";
    testing::keep_mounts_to_this_process();
    fs::create_directory(tree().parent_path());
    disk_.emplace(bench_.path() / "image", tree().parent_path(), "ext4", "16M", GetParam());
    fs::create_directory(tree());
  }
  fs::path tree() const { return bench_.path() / "disk" / "tree"; }
  ino_t inode() const {
    struct stat status {};
    EXPECT_EQ(stat(tree().c_str(), &status), 0);
    return status.st_ino;
  }

  testing::Workbench bench_;
  std::optional<testing::LoopDisk> disk_;
};

TEST_P(TreeIdentityTest, IsAnotherForATreeThatGotTheInodeOfOneThatWent) {
  const std::string identity = tree_identity(tree());
  const ino_t before = inode();
  fs::remove(tree());
  fs::create_directory(tree());
  ASSERT_EQ(inode(), before) << "ext4 takes the lowest inode that is free";
  EXPECT_NE(tree_identity(tree()), identity);
}

TEST_P(TreeIdentityTest, StaysWhateverIsDoneInIt) {
  const std::string identity = tree_identity(tree());
  fs::create_directory(tree() / "folder");
  fs::permissions(tree(), fs::perms::owner_all);
  fs::rename(tree(), tree().string() + "2");
  fs::rename(tree().string() + "2", tree());
  EXPECT_EQ(tree_identity(tree()), identity);
}

// Inodes of 128 bytes have no room for a time of birth.
INSTANTIATE_TEST_SUITE_P(Inodes, TreeIdentityTest,
                         ::testing::Values(std::vector<std::string>{},
                                           std::vector<std::string>{"-I", "128"}));

}  // namespace
}  // namespace baker
