#include "engine/io/digest_memo.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DigestMemoTest : public ::testing::Test {
 protected:
  std::string at(const std::string& path) const { return bench_.path() / path; }
  std::string folder_digest(const std::string& path) { return memo_.input(at(path)).hex; }

  // A line of the memo for the file as it is now, with a digest that its content does not have.
  void remember(const std::string& path, const std::string& hex, int days_ago = 0) const {
    struct stat status {};
    ASSERT_EQ(stat(at(path).c_str(), &status), 0);
    char line[256];
    std::snprintf(line, sizeof line, "baker-digests-3\n%s %ld %lx:%lx:%lx:%lx.%lx:%lx.%lx\n",
                  hex.c_str(), time(nullptr) / (24 * 60 * 60) - days_ago, status.st_dev,
                  status.st_ino, static_cast<unsigned long>(status.st_size),
                  static_cast<unsigned long>(status.st_mtim.tv_sec),
                  static_cast<unsigned long>(status.st_mtim.tv_nsec),
                  static_cast<unsigned long>(status.st_ctim.tv_sec),
                  static_cast<unsigned long>(status.st_ctim.tv_nsec));
    bench_.write("memo", line);
  }

  testing::Workbench bench_;
  DigestMemo memo_{bench_.path() / "memo"};
};

TEST_F(DigestMemoTest, KnowsAFileByItsContent) {
  bench_.write("f", "abc");
  EXPECT_EQ(memo_.file(at("f")).hex, digest_of("abc").hex());
}

TEST_F(DigestMemoTest, BelievesWhatItRemembers) {
  bench_.write("f", "abc");
  remember("f", std::string(64, 'e'));
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")).hex, std::string(64, 'e'));
}

TEST_F(DigestMemoTest, ForgetsWhatNobodyHasAskedForInTwoMonths) {
  bench_.write("f", "abc");
  remember("f", std::string(64, 'e'), 61);
  DigestMemo memo(at("memo"));
  memo.save();
  EXPECT_EQ(bench_.read("memo"), "baker-digests-3\n") << "mostly dead, so written again";
  EXPECT_EQ(memo.file(at("f")).hex, digest_of("abc").hex());
}

TEST_F(DigestMemoTest, NotesOnceAWeekThatAFileIsAskedFor) {
  bench_.write("f", "abc");
  for (const auto& [days_ago, is_noted] : {std::pair{6, false}, std::pair{8, true}}) {
    remember("f", std::string(64, 'e'), days_ago);
    const std::string before = bench_.read("memo");
    DigestMemo memo(at("memo"));
    memo.file(at("f"));
    memo.save();
    EXPECT_EQ(bench_.read("memo") != before, is_noted) << days_ago;
  }
}

TEST_F(DigestMemoTest, ForgetsAFileThatChanged) {
  bench_.write("f", "abc");
  remember("f", std::string(64, 'e'));
  bench_.write("f", "abcd");
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")).hex, digest_of("abcd").hex());
}

// Its next change would bear another time by then.
TEST_F(DigestMemoTest, RemembersAFileThatHasJustChangedOnceItsTimeHasSettled) {
  bench_.write("f", "abc");
  const InputDigest digest = memo_.file(at("f"));
  memo_.save();
  EXPECT_THAT(bench_.read("memo"), HasSubstr(digest.hex));
  EXPECT_NE(digest.state, "");
}

TEST_F(DigestMemoTest, TellsAChangeThatWasUndone) {
  bench_.write("d/f", "old");
  const InputDigest before = memo_.input(at("d"));
  EXPECT_TRUE(memo_.input(at("d")).is_unchanged_since(before));
  bench_.write("d/f", "new");
  bench_.write("d/f", "old");
  const InputDigest after = memo_.input(at("d"));
  EXPECT_EQ(after.hex, before.hex);
  EXPECT_FALSE(after.is_unchanged_since(before));
}

TEST_F(DigestMemoTest, KnowsWhatThisBootHasVerified) {
  bench_.write("f", "abc");
  memo_.set_verified(at("f"), digest_of("abc"));
  memo_.save();
  DigestMemo later(at("memo"));
  EXPECT_TRUE(later.is_verified(at("f"), digest_of("abc")));
  EXPECT_FALSE(later.is_verified(at("f"), digest_of("abd")));
  bench_.write("f", "abd");
  EXPECT_FALSE(later.is_verified(at("f"), digest_of("abc")));
}

TEST_F(DigestMemoTest, ForgetsWhatAnotherBootHasVerified) {
  bench_.write("f", "abc");
  memo_.set_verified(at("f"), digest_of("abc"));
  memo_.save();
  std::string text = bench_.read("memo");
  const size_t boot = text.find("verified ") + 9;
  text.replace(boot, 8, "01234567");
  bench_.write("memo", text);
  EXPECT_FALSE(DigestMemo(at("memo")).is_verified(at("f"), digest_of("abc")));
}

TEST_F(DigestMemoTest, RemembersAFileThatHasSettled) {
  memo_.file("/etc/passwd");
  memo_.save();
  EXPECT_NE(bench_.read("memo").find(digest_file("/etc/passwd").hex()), std::string::npos);
}

TEST_F(DigestMemoTest, IsEmptyWhereItIsDamaged) {
  bench_.write("f", "abc");
  bench_.write("memo", "something else\n\xFF\n");
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")).hex, digest_of("abc").hex());
}

TEST_F(DigestMemoTest, SavesNothingSilentlyWhereThatIsNotAllowed) {
  DigestMemo memo("/proc/nowhere/memo");
  memo.file("/etc/passwd");
  EXPECT_NO_THROW(memo.save());
}

TEST_F(DigestMemoTest, SaysWhatItCannotRead) {
  EXPECT_THROW(memo_.input(at("nothing")), Error);
}

TEST_F(DigestMemoTest, TellsExecutableFilesFromOthers) {
  bench_.write("f", "abc");
  const std::string plain = folder_digest("f");
  chmod(at("f").c_str(), 0755);
  EXPECT_NE(folder_digest("f"), plain);
}

TEST_F(DigestMemoTest, TakesEqualFoldersForOne) {
  for (const char* file : {"one/a", "one/sub/b", "two/sub/b", "two/a"}) bench_.write(file, "x");
  EXPECT_EQ(folder_digest("one"), folder_digest("two"));
}

TEST_F(DigestMemoTest, NoticesAnythingInAFolder) {
  bench_.write("d/sub/a", "x");
  fs::create_symlink("a", at("d/link"));
  std::vector<std::string> seen = {folder_digest("d")};
  auto notices = [&](const char* what) {
    const std::string now = folder_digest("d");
    EXPECT_EQ(std::ranges::count(seen, now), 0) << what;
    seen.push_back(now);
  };
  bench_.write("d/sub/a", "y");
  notices("content");
  chmod(at("d/sub/a").c_str(), 0755);
  notices("an executable");
  fs::rename(at("d/sub/a"), at("d/sub/b"));
  notices("a name");
  fs::remove(at("d/link"));
  fs::create_symlink("b", at("d/link"));
  notices("where a link leads");
  fs::create_directories(at("d/empty"));
  notices("an empty folder");
}

// A checkout by another user under another umask, at another time, is the same input.
TEST_F(DigestMemoTest, DoesNotCareWhoseAFolderIsAndWhoMayReadIt) {
  if (!testing::is_root()) GTEST_SKIP() << "needs root";
  bench_.write("d/f", "x");
  fs::create_hard_link(at("d/f"), at("d/g"));
  const std::string before = folder_digest("d");
  const std::string preserved = memo_.input(at("d"), InputForm::kPreserved).hex;
  chmod(at("d/f").c_str(), 0600);
  chmod(at("d").c_str(), 0700);
  ASSERT_EQ(chown(at("d/f").c_str(), 33, 33), 0);
  EXPECT_EQ(folder_digest("d"), before);
  EXPECT_NE(memo_.input(at("d"), InputForm::kPreserved).hex, preserved);
}

TEST_F(DigestMemoTest, TellsHardLinksFromEqualFilesWhereTheyAreKept) {
  for (const char* file : {"one/f", "two/f", "two/g"}) bench_.write(file, "x");
  fs::create_hard_link(at("one/f"), at("one/g"));
  EXPECT_EQ(folder_digest("one"), folder_digest("two"));
  EXPECT_NE(memo_.input(at("one"), InputForm::kPreserved).hex,
            memo_.input(at("two"), InputForm::kPreserved).hex);
}

TEST_F(DigestMemoTest, LooksAtAnInputOnceUntilItIsToForget) {
  bench_.write("d/f", "old");
  const std::string old = memo_.input_as_seen(at("d")).hex;
  bench_.write("d/f", "new");
  EXPECT_EQ(memo_.input_as_seen(at("d")).hex, old);
  EXPECT_NE(memo_.input(at("d")).hex, old);
  memo_.forget_seen(at("d"));
  EXPECT_NE(memo_.input_as_seen(at("d")).hex, old);
}

TEST_F(DigestMemoTest, RefusesWhatIsNoInput) {
  fs::create_directories(at("d"));
  ASSERT_EQ(mkfifo(at("d/fifo").c_str(), 0600), 0);
  EXPECT_THROW(folder_digest("d"), Error);
}

TEST_F(DigestMemoTest, OfWhatIsNeitherFileNorFolderIsRefused) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  try {
    folder_digest("fifo");
    FAIL() << "a pipe was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.describe(),
              at("fifo") + " is neither a file nor a folder, and can't be an input");
  }
}

TEST_F(DigestMemoTest, OfAFolderThatIsAsDeepAsAPathCanBe) {
  bench_.make_deep_folder("deep", 2000);
  EXPECT_NO_THROW(folder_digest("deep"));
}

}  // namespace
}  // namespace baker
