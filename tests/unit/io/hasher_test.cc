#include "engine/io/hasher.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/io/unique_fd.h"

namespace baker {
namespace {

constexpr const char* kSha256OfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kSha512OfAbc =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(Hasher, ComputesWhatTheStandardSays) {
  EXPECT_EQ(digest_of("abc").hex(), kSha256OfAbc);
  EXPECT_EQ(digest_of("abc", HashAlgorithm::kSha512).hex(), kSha512OfAbc);
}

TEST(Hasher, TakesContentInPieces) {
  Hasher hasher;
  hasher.update("a");
  hasher.update("");
  hasher.update("bc");
  EXPECT_EQ(hasher.finish().hex(), kSha256OfAbc);
}

TEST(Hasher, StartsAnewAfterFinish) {
  Hasher hasher;
  hasher.update("something else");
  hasher.finish();
  hasher.update("abc");
  EXPECT_EQ(hasher.finish().hex(), kSha256OfAbc);
}

TEST(Hasher, ReadsAWholeFileWhereverItsOffsetStands) {
  const testing::Workbench workbench;
  const UniqueFd file(::open(workbench.write("abc", "abc").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::lseek(file.get(), 2, SEEK_SET), 2);
  EXPECT_EQ(digest_file(file.get(), "abc").hex(), kSha256OfAbc);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 2);
}

TEST(ContentDigest, OfAFileOfUsualSizeIsItsSha256) {
  const testing::Workbench workbench;
  EXPECT_EQ(digest_content(workbench.write("abc", "abc")).hex(), kSha256OfAbc);
}

TEST(ContentDigest, OfALargeFileIsTheSameWithHolesAndWithZeros) {
  const testing::Workbench workbench;
  const size_t size = (size_t{65} << 20) + 7;
  std::string content(size, '\0');
  content[size_t{30} << 20] = 'x';
  const std::string dense = workbench.write("dense", content);
  const std::string sparse = workbench.write("sparse", "");
  std::filesystem::resize_file(sparse, size);
  std::fstream(sparse, std::ios::in | std::ios::out).seekp(30 << 20).put('x');
  EXPECT_EQ(digest_content(sparse), digest_content(dense));

  content[size_t{30} << 20] = 'y';
  EXPECT_NE(digest_content(workbench.write("other", content)), digest_content(dense));
}

// Nobody could wait for the hashing of its zeros.
TEST(ContentDigest, OfAHoleCostsNothing) {
  const testing::Workbench workbench;
  const std::string hole = workbench.write("hole", "");
  std::filesystem::resize_file(hole, size_t{1} << 40);
  EXPECT_EQ(digest_content(hole), digest_content(hole));
}

TEST(Hasher, NamesTheFileThatIsNotThere) {
  try {
    digest_file("/nowhere/at/all");
    FAIL() << "a file that is not there has a digest";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot open \"/nowhere/at/all\": No such file or directory");
  }
}

}  // namespace
}  // namespace baker
