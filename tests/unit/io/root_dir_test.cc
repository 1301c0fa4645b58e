#include "engine/io/root_dir.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RootDirTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "needs root: it sets owners and trusted xattrs";
    fs::create_directory(bench_.path() / "root");
    fs::create_directory(bench_.path() / "outside");
    bench_.write("outside/secret", "host");
    root_.emplace((bench_.path() / "root").string());
  }
  std::string on_host(const std::string& path) const {
    return (bench_.path() / "root" / path).string();
  }
  bool is_implied(const std::string& path) const {
    return ::getxattr(on_host(path).c_str(), kImpliedMark, nullptr, 0) >= 0;
  }
  template <typename Action>
  static std::string message_of(Action action) {
    try {
      action();
    } catch (const Error& error) {
      return error.describe();
    }
    return "no error";
  }

  testing::Workbench bench_;
  std::optional<RootDir> root_;
};

TEST_F(RootDirTest, ReadsBackWhatItWrote) {
  root_->write_file("/etc/motd", "hello", {.mode = 04755, .uid = 3, .gid = 4});
  EXPECT_EQ(root_->read_file("etc/motd"), "hello");
  struct stat status = root_->status("/etc/motd").value();
  EXPECT_EQ(status.st_mode & 07777, 04755u);
  EXPECT_EQ(status.st_uid, 3u);
  EXPECT_EQ(status.st_gid, 4u);
}

TEST_F(RootDirTest, MarksParentsThatItHadToMake) {
  root_->write_file("/opt/app/file", "", {});
  EXPECT_TRUE(is_implied("opt"));
  EXPECT_TRUE(is_implied("opt/app"));
}

TEST_F(RootDirTest, TakesTheMarkAwayWithAttributesOfItsOwn) {
  root_->write_file("/opt/app/file", "", {});
  root_->make_directory("/opt", {.mode = 0700});
  root_->set_attributes("/opt/app", {.mode = 0711});
  EXPECT_FALSE(is_implied("opt"));
  EXPECT_FALSE(is_implied("opt/app"));
}

TEST_F(RootDirTest, KeepsAbsoluteSymlinksInside) {
  root_->make_symlink("/evil", (bench_.path() / "outside").string());
  root_->write_file("/evil/secret", "root", {});
  EXPECT_EQ(bench_.read("outside/secret"), "host");
  EXPECT_EQ(root_->read_file("evil/secret"), "root");
}

TEST_F(RootDirTest, KeepsDotDotInside) {
  root_->make_symlink("/evil", "../../../../../../../..");
  EXPECT_FALSE(root_->status("/evil/" + (bench_.path() / "outside/secret").string()).has_value());
  root_->write_file("/../../top", "", {});
  EXPECT_TRUE(fs::exists(on_host("top")));
}

TEST_F(RootDirTest, MakesTheDirectoryThatADanglingSymlinkNames) {
  root_->make_symlink("/var/run", "/run");
  root_->write_file("/var/run/app/pid", "7", {});
  EXPECT_EQ(root_->read_file("/run/app/pid"), "7");
}

TEST_F(RootDirTest, RefusesSymlinksThatLeadInACircle) {
  root_->make_symlink("/a", "/b/x");
  root_->make_symlink("/b", "/a/x");
  EXPECT_THAT(message_of([&] { root_->write_file("/a/file", "", {}); }),
              HasSubstr("writing \"/a/file\""));
}

TEST_F(RootDirTest, RefusesToReplaceADirectoryByAFile) {
  root_->make_directory("/etc", {.mode = 0755});
  EXPECT_EQ(message_of([&] { root_->write_file("/etc", "", {}); }),
            "writing \"/etc\": there is a directory already");
  EXPECT_THAT(root_->list("/"), ElementsAre("etc"));
}

TEST_F(RootDirTest, NamesWhatHasNoName) {
  EXPECT_EQ(message_of([&] { root_->write_file("/", "", {}); }),
            "writing \"/\": \"/\" names the root itself");
  EXPECT_EQ(message_of([&] { root_->write_file("/etc/..", "", {}); }),
            "writing \"/etc/..\": \"/etc/..\" ends in \"..\"");
}

TEST_F(RootDirTest, DoesNotWaitForAFifo) {
  ASSERT_EQ(::mkfifo(on_host("fifo").c_str(), 0600), 0);
  EXPECT_EQ(message_of([&] { root_->read_file("/fifo"); }), "\"/fifo\" is not a regular file");
}

TEST_F(RootDirTest, RemovesATreeDeeperThanAnyPath) {
  UniqueFd at(::open(on_host("").c_str(), O_PATH | O_DIRECTORY));
  for (int depth = 0; depth < 3000; ++depth) {
    ASSERT_EQ(::mkdirat(at.get(), "deeper", 0700), 0);
    at = UniqueFd(::openat(at.get(), "deeper", O_PATH | O_DIRECTORY));
  }
  root_->remove("/deeper");
  EXPECT_THAT(root_->list("/"), ElementsAre());
}

TEST_F(RootDirTest, RemovesTheSymlinkAndNotWhatItLeadsTo) {
  fs::create_symlink(bench_.path() / "outside", on_host("link"));
  fs::create_directory(on_host("folder"));
  fs::create_symlink(bench_.path() / "outside", on_host("folder/link"));
  root_->remove("/link");
  root_->remove("/folder");
  EXPECT_EQ(bench_.read("outside/secret"), "host");
  EXPECT_THAT(root_->list("/"), ElementsAre());
}

TEST_F(RootDirTest, TakesAbsenceForAnAnswer) {
  EXPECT_FALSE(root_->status("/no/where").has_value());
  EXPECT_EQ(root_->read_link("/no/where"), std::nullopt);
  EXPECT_THAT(root_->list("/no/where"), ElementsAre());
  EXPECT_NO_THROW(root_->remove("/no/where"));
}

}  // namespace
}  // namespace baker
