#include "engine/io/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>

#include "engine/base/error.h"
#include "engine/io/process.h"

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

}  // namespace
}  // namespace baker
