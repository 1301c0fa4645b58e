#include "engine/io/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "engine/base/error.h"
#include "engine/io/process.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

// Any file can stand for one that is open already: its path is that of the descriptor.
std::string path_of(const UniqueFd& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

TEST(Files, OfAProcessThatEndedAfterTheyWereFoundAreAbsent) {
  SpawnOptions options;
  options.argv = {"true"};
  Process process(std::move(options));
  const UniqueFd found =
      open_or_throw("/proc/" + std::to_string(process.pid()) + "/status", O_RDONLY);
  process.wait();

  EXPECT_EQ(read_file_if_exists(path_of(found)), std::nullopt);
}

TEST(Files, ThatCannotBeReadAreAFaultWithTheirPath) {
  try {
    read_file_if_exists("/proc");
    FAIL() << "a folder was read";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot read /proc: Is a directory");
  }
}

TEST(Files, ThatArePipesAreNotWaitedFor) {
  const testing::Workbench bench;
  const std::string pipe = bench.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  try {
    read_file_if_exists(pipe);
    FAIL() << "a pipe was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "cannot read " + pipe + ": it is a pipe");
  }
  EXPECT_EQ(read_regular_file(pipe), std::nullopt);
}

TEST(Files, ThatAKilledWriterHasLeftGoWithTheNext) {
  const testing::Workbench bench;
  bench.write(".file.next", "much more than what comes next");
  write_file_atomically(bench.path() / "file", "all");
  EXPECT_FALSE(path_exists(bench.path() / ".file.next"));
  EXPECT_EQ(read_file(bench.path() / "file"), "all");
}

TEST(Files, OfTwoWritersAreOfOneOfThem) {
  const testing::Workbench bench;
  const std::string file = bench.path() / "file";
  const std::string contents[] = {std::string(100, 'a'), std::string(9000, 'b')};
  {
    std::vector<std::jthread> writers;
    for (const std::string& content : contents)
      writers.emplace_back([&file, &content] {
        for (int i = 0; i < 200; ++i) write_file_atomically(file, content, 0644, false);
      });
    for (int i = 0; i < 200; ++i) {
      const std::optional<std::string> seen = read_file_if_exists(file);
      EXPECT_TRUE(!seen || *seen == contents[0] || *seen == contents[1]);
    }
  }
  EXPECT_FALSE(path_exists(bench.path() / ".file.next"));
}

}  // namespace
}  // namespace baker
