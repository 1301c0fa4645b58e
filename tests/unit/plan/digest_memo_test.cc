#include "engine/io/digest_memo.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "tests/support/workbench.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;

class DigestMemoTest : public ::testing::Test {
 protected:
  std::string at(const std::string& path) const { return bench_.path() / path; }
  std::string folder_digest(const std::string& path) { return memo_.file_or_folder(at(path)); }

  // A line of the memo for the file as it is now, with a digest that its content does not have.
  void remember(const std::string& path, const std::string& hex) const {
    struct stat status {};
    ASSERT_EQ(stat(at(path).c_str(), &status), 0);
    char line[256];
    std::snprintf(line, sizeof line, "baker-digests-1\n%s %lx:%lx:%lx:%lx.%lx:%lx.%lx\n",
                  hex.c_str(), status.st_dev, status.st_ino,
                  static_cast<unsigned long>(status.st_size),
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
  EXPECT_EQ(memo_.file(at("f")), digest_of("abc").hex());
}

TEST_F(DigestMemoTest, BelievesWhatItRemembers) {
  bench_.write("f", "abc");
  remember("f", std::string(64, 'e'));
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")), std::string(64, 'e'));
}

TEST_F(DigestMemoTest, ForgetsAFileThatChanged) {
  bench_.write("f", "abc");
  remember("f", std::string(64, 'e'));
  bench_.write("f", "abcd");
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")), digest_of("abcd").hex());
}

// Its next change may bear the same time.
TEST_F(DigestMemoTest, RemembersNoFileThatHasJustChanged) {
  bench_.write("f", "abc");
  memo_.file(at("f"));
  memo_.save();
  EXPECT_FALSE(fs::exists(at("memo")));
}

TEST_F(DigestMemoTest, RemembersAFileThatHasSettled) {
  memo_.file("/etc/passwd");
  memo_.save();
  EXPECT_NE(bench_.read("memo").find(digest_file("/etc/passwd").hex()), std::string::npos);
}

TEST_F(DigestMemoTest, IsEmptyWhereItIsDamaged) {
  bench_.write("f", "abc");
  bench_.write("memo", "something else\n\xFF\n");
  EXPECT_EQ(DigestMemo(at("memo")).file(at("f")), digest_of("abc").hex());
}

TEST_F(DigestMemoTest, SavesNothingSilentlyWhereThatIsNotAllowed) {
  DigestMemo memo("/proc/nowhere/memo");
  memo.file("/etc/passwd");
  EXPECT_NO_THROW(memo.save());
}

TEST_F(DigestMemoTest, SaysWhatItCannotRead) {
  EXPECT_THROW(memo_.file_or_folder(at("nothing")), Error);
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
  chmod(at("d/sub/a").c_str(), 0600);
  notices("a file's mode");
  chmod(at("d/sub").c_str(), 0700);
  notices("a folder's mode");
  fs::rename(at("d/sub/a"), at("d/sub/b"));
  notices("a name");
  fs::remove(at("d/link"));
  fs::create_symlink("b", at("d/link"));
  notices("where a link leads");
  fs::create_directories(at("d/empty"));
  notices("an empty folder");
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
