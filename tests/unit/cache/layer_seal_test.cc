#include "cache/layer_seal.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/listings.h"
#include "tests/unit/cache/sealed.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::int64_t kEpoch = 1'500'000'000;

// Of a stage that stands on nothing and wrote nothing just now.
Listing seal(const std::string& tree) {
  return testing::sealed(tree, {.epoch = kEpoch, .started = INT64_MAX, .root = nullptr});
}

class LayerSeal : public ::testing::Test {
 protected:
  std::string tree(const std::string& name = "tree") const {
    fs::create_directories(bench_.path() / name);
    return bench_.path() / name;
  }
  static void set_time(const std::string& path, time_t seconds, long nanoseconds = 0) {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  static struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status;
  }

  testing::Workbench bench_;
};

TEST_F(LayerSeal, SetsLaterTimesBackToTheEpoch) {
  bench_.write("tree/new", "");
  const Listing listing = seal(tree());
  EXPECT_EQ(listing.find("new")->mtime, kEpoch);
  EXPECT_EQ(status_of(tree() + "/new").st_mtim.tv_sec, kEpoch);
  EXPECT_EQ(status_of(tree()).st_mtim.tv_sec, kEpoch);
}

TEST_F(LayerSeal, KeepsEarlierTimesWithoutTheirFractions) {
  bench_.write("tree/old", "");
  set_time(tree() + "/old", 1000, 999);
  EXPECT_EQ(seal(tree()).find("old")->mtime, 1000);
  EXPECT_EQ(status_of(tree() + "/old").st_mtim.tv_nsec, 0);
}

TEST_F(LayerSeal, GivesTheEpochToWhatWasWrittenWhileTheClockIsBehindIt) {
  const std::int64_t now = time(nullptr);
  const SealSettings ahead{.epoch = now + 1000, .started = now, .root = nullptr};
  bench_.write("tree/new", "");
  bench_.write("tree/old", "");
  bench_.write("tree/of-an-archive", "");
  set_time(tree() + "/old", 1000);
  set_time(tree() + "/of-an-archive", now + 500);
  const Listing listing = testing::sealed(tree(), ahead);
  EXPECT_EQ(listing.find("new")->mtime, ahead.epoch);
  EXPECT_EQ(listing.find("old")->mtime, 1000);
  EXPECT_EQ(listing.find("of-an-archive")->mtime, now + 500);
}

TEST_F(LayerSeal, GivesTheEpochToWhatWasWrittenByAClockThatIsATickAhead) {
  const std::int64_t now = time(nullptr);
  bench_.write("tree/new", "");
  set_time(tree() + "/new", now + 1);
  const SealSettings ahead{.epoch = now + 1000, .started = now, .root = nullptr};
  EXPECT_EQ(testing::sealed(tree(), ahead).find("new")->mtime, ahead.epoch);
}

TEST_F(LayerSeal, TakesTheEpochZeroAtItsWord) {
  bench_.write("tree/new", "");
  EXPECT_EQ(testing::sealed(tree(), {.epoch = 0, .started = 0, .root = nullptr}).find("new")->mtime,
            0);
}

TEST_F(LayerSeal, GivesEqualTreesEqualListingsInWhateverOrderTheyWereMade) {
  for (const char* name : {"one/a", "one/b/c", "two/b/c", "two/a"})
    bench_.write(name, std::string(name).substr(4));
  EXPECT_EQ(seal(tree("one")).text(), seal(tree("two")).text());
}

TEST_F(LayerSeal, ListsWhatItLeavesBehind) {
  bench_.write("tree/a/b", "text");
  fs::create_symlink("../a", tree() + "/a/up");
  const std::string sealed(seal(tree()).text());
  EXPECT_EQ(list_tree(tree()).text(), sealed);
}

TEST_F(LayerSeal, CallsTheFirstOfSeveralNamesTheFile) {
  bench_.write("tree/m", "text");
  fs::create_hard_link(tree() + "/m", tree() + "/a");
  fs::create_hard_link(tree() + "/m", tree() + "/z");
  const Listing listing = seal(tree());
  EXPECT_EQ(listing.find("a")->content, digest_of("text").hex());
  EXPECT_EQ(listing.find("m")->type, 'h');
  EXPECT_EQ(listing.find("m")->content, "a");
  EXPECT_EQ(listing.find("z")->content, "a");
}

TEST_F(LayerSeal, ListsLinksByTheirTarget) {
  fs::create_symlink("-", tree() + "/dash");
  fs::create_symlink("/etc/passwd", tree() + "/out");
  const Listing listing = seal(tree());
  EXPECT_EQ(listing.find("dash")->content, "-");
  EXPECT_EQ(listing.find("out")->content, "/etc/passwd");
}

TEST_F(LayerSeal, RemovesSockets) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fs::current_path(tree());  // a socket's path is short
  std::snprintf(address.sun_path, sizeof address.sun_path, "socket");
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(fd);
  fs::current_path("/");
  EXPECT_EQ(seal(tree()).size(), 1u);
  EXPECT_FALSE(fs::exists(tree() + "/socket"));
}

TEST_F(LayerSeal, ChangesItsDigestWithEveryAttribute) {
  bench_.write("tree/f", "text");
  const std::string before(seal(tree()).text());
  chmod((tree() + "/f").c_str(), 0600);
  const std::string other_mode(seal(tree()).text());
  EXPECT_NE(other_mode, before);
  set_time(tree() + "/f", 1);
  EXPECT_NE(seal(tree()).text(), other_mode);
}

class LayerSealAsRoot : public LayerSeal {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "needs root";
  }
  void mark(const std::string& path, const std::string& name, const std::string& value) const {
    ASSERT_EQ(lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), 0) << name;
  }
};

TEST_F(LayerSealAsRoot, ListsWhiteoutsWithoutAttributes) {
  ASSERT_EQ(mknod((tree() + "/gone").c_str(), S_IFCHR | 0644, makedev(0, 0)), 0);
  const Listing listing = seal(tree());
  const std::optional<ListingEntry> gone = listing.find("gone");
  EXPECT_EQ(gone->type, 'w');
  EXPECT_EQ(gone->mode, 0u);
  EXPECT_EQ(gone->mtime, 0);
}

TEST_F(LayerSealAsRoot, KeepsOpaqueMarksAndTakesOverlayfsOwnNotesOff) {
  fs::create_directories(tree() + "/d");
  mark(tree() + "/d", "trusted.overlay.opaque", "y");
  mark(tree() + "/d", "trusted.overlay.impure", "y");
  const Listing listing = seal(tree());
  EXPECT_TRUE(listing.find("d")->opaque());
  EXPECT_EQ(listing.find("d")->xattrs.size(), 1u);
  EXPECT_LT(lgetxattr((tree() + "/d").c_str(), "trusted.overlay.impure", nullptr, 0), 0);
}

TEST_F(LayerSealAsRoot, RefusesWhatPointsOutOfItsLayer) {
  fs::create_directories(tree() + "/d");
  mark(tree() + "/d", "trusted.overlay.redirect", "/elsewhere");
  EXPECT_THROW(seal(tree()), Error);
}

TEST_F(LayerSealAsRoot, LeavesOutWhatTheHostsFileSystemSaysOfAFile) {
  bench_.write("tree/f", "");
  mark(tree() + "/f", "security.selinux", "system_u:object_r:var_t:s0");
  mark(tree() + "/f", "user.mine", "y");
  EXPECT_THAT(seal(tree()).find("f")->xattrs, ElementsAre(Pair("user.mine", "y")));
}

// Folders of a stage's root, and what the stage made of them.
class LayerSealOverARoot : public LayerSealAsRoot {
 protected:
  static Listing seal_over(const std::string& tree, const std::vector<ListingEntry>& root) {
    const Stack stack({{"below", {}, "digest", "", testing::listing_of(root)}});
    return testing::sealed(tree, {.epoch = kEpoch, .started = INT64_MAX, .root = &stack});
  }
  void folder(const std::string& path, mode_t mode, bool implied = false) const {
    fs::create_directories(tree() + "/" + path);
    chmod((tree() + "/" + path).c_str(), mode);
    if (implied) mark(tree() + "/" + path, "trusted.baker.implied", "y");
  }
};

TEST_F(LayerSealOverARoot, SaysNothingOfAFolderThatTheStageOnlyPassedThrough) {
  folder("srv", 0711);
  const Listing listing =
      seal_over(tree(), {testing::directory_entry("."), testing::directory_entry("srv", 0711)});
  EXPECT_TRUE(listing.find("srv")->implied());
  EXPECT_TRUE(fs::exists(tree() + "/srv"));
  EXPECT_EQ(list_tree(tree()).text(), listing.text());
}

TEST_F(LayerSealOverARoot, KeepsWhatTheStageSaidOfAFolderThatWasOnlyImplied) {
  folder("opt", 0700, true);  // overlayfs copies the mark up, and a command changes the mode
  const Listing listing =
      seal_over(tree(), {testing::directory_entry("."), testing::implied_entry("opt")});
  EXPECT_FALSE(listing.find("opt")->implied());
  EXPECT_EQ(list_tree(tree()).text(), listing.text());
}

TEST_F(LayerSealOverARoot, TakesAFolderThatWasMadeAnewForAWordOfTheStage) {
  folder("srv", 0711);
  mark(tree() + "/srv", "trusted.overlay.opaque", "y");
  const Listing listing =
      seal_over(tree(), {testing::directory_entry("."), testing::directory_entry("srv", 0711)});
  EXPECT_FALSE(listing.find("srv")->implied());
}

TEST_F(LayerSeal, GoesAsDeepAsAPathCan) {
  bench_.make_deep_folder("tree", 2000);
  EXPECT_NO_THROW(seal(tree()));
}

}  // namespace
}  // namespace baker
