#include "engine/io/made_folder.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/support/workbench.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

class MadeFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "marks need root";
  }
  bool make(const std::string& path, const std::string& owner = "one") {
    return make_marked_folder(path, {.mode = 0750, .uid = 900, .gid = 901}, owner);
  }

  testing::Workbench bench_;
  const std::string folder_ = bench_.path() / "data/kafka/node1";
};

TEST_F(MadeFolder, BelongsToWhomItIsMadeFor) {
  EXPECT_TRUE(make(folder_));
  struct stat status;
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 900u);
  EXPECT_EQ(status.st_gid, 901u);
  EXPECT_EQ(status.st_mode & 07777, 0750u);
}

TEST_F(MadeFolder, IsKnownAgain) {
  make(folder_);
  EXPECT_TRUE(make(folder_));
}

TEST_F(MadeFolder, IsNotOursWhereItWasThereBefore) {
  fs::create_directories(folder_);
  EXPECT_FALSE(make(folder_));
  remove_marked_folder(folder_, "one");
  EXPECT_TRUE(fs::exists(folder_));
}

TEST_F(MadeFolder, GoesWithAllInItAndTheFoldersThatWereMadeForIt) {
  make(folder_);
  bench_.write("data/kafka/node1/log/segment", "x");
  remove_marked_folder(folder_, "one");
  EXPECT_FALSE(fs::exists(bench_.path() / "data"));
  EXPECT_TRUE(fs::exists(bench_.path()));
}

TEST_F(MadeFolder, IsOfItsOwnerAlone) {
  make(folder_);
  EXPECT_FALSE(make(folder_, "two"));
  EXPECT_FALSE(remove_marked_folder(folder_, "two"));
  EXPECT_TRUE(fs::exists(folder_));
}

TEST_F(MadeFolder, OfABakerThatWroteNoNamesIsAnybodys) {
  fs::create_directories(folder_);
  ASSERT_EQ(setxattr(folder_.c_str(), "trusted.baker.made", "1", 1, 0), 0);
  EXPECT_TRUE(make(folder_));
  EXPECT_TRUE(remove_marked_folder(folder_, "one"));
}

TEST_F(MadeFolder, LeavesWhatSomebodyElseMadeInIt) {
  const std::string outer = bench_.path() / "data";
  make(outer);
  bench_.write("data/own/segment", "x");
  make(outer + "/own/others", "two");
  bench_.write("data/own/others/segment", "y");
  EXPECT_FALSE(remove_marked_folder(outer, "one"));
  EXPECT_FALSE(fs::exists(bench_.path() / "data/own/segment"));
  EXPECT_EQ(bench_.read("data/own/others/segment"), "y");
}

TEST_F(MadeFolder, IsMadeWholeWhereAKillHasLeftTheBeginningOfIt) {
  fs::create_directories(bench_.path() / "data/kafka/.node1.baker-new");
  EXPECT_TRUE(make(folder_));
  struct stat status;
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 900u);
  EXPECT_FALSE(fs::exists(bench_.path() / "data/kafka/.node1.baker-new"));
}

TEST_F(MadeFolder, LeavesFoldersInWhichSomethingElseLies) {
  make(folder_);
  bench_.write("data/kafka/mine", "x");
  remove_marked_folder(folder_, "one");
  EXPECT_EQ(bench_.read("data/kafka/mine"), "x");
}

}  // namespace
}  // namespace baker
