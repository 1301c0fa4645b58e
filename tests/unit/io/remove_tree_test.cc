#include "engine/io/root_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>

#include "tests/support/workbench.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

class RemoveTreeTest : public ::testing::Test {
 protected:
  RemoveTreeTest() {
    for (int folder = 0; folder < 200; ++folder)
      for (const char* file : {"/a", "/b/c", "/b/d/e"})
        bench_.write("tree/" + std::to_string(folder) + file, "x");
  }
  std::string tree() const { return bench_.path() / "tree"; }

  testing::Workbench bench_;
};

TEST_F(RemoveTreeTest, LeavesNothing) {
  remove_tree(tree());
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(RemoveTreeTest, MeetsSomebodyElseWhoRemovesTheSame) {
  std::thread other([this] { remove_tree(tree()); });
  EXPECT_NO_THROW(remove_tree(tree()));
  other.join();
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(RemoveTreeTest, DoesNotFollowALink) {
  bench_.write("elsewhere/kept", "x");
  fs::create_directory_symlink(bench_.path() / "elsewhere", bench_.path() / "tree/link");
  remove_tree(tree());
  EXPECT_TRUE(fs::exists(bench_.path() / "elsewhere/kept"));
}

TEST_F(RemoveTreeTest, RemovesWhatIsImmutableOrAppendOnly) {
  bench_.write("tree/kept/file", "x");
  const auto set = [this](const char* flag, const char* path) {
    return testing::run_program({"chattr", flag, (bench_.path() / path).string()}).exit_status;
  };
  ASSERT_EQ(set("+i", "tree/kept/file"), 0);
  ASSERT_EQ(set("+a", "tree/0/a"), 0);
  ASSERT_EQ(set("+i", "tree/kept"), 0);
  ASSERT_EQ(set("+i", "tree"), 0);
  remove_tree(tree());
  EXPECT_FALSE(fs::exists(tree()));
}

}  // namespace
}  // namespace baker
