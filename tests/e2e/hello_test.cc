// The first pipeline that a reader tries does what it says.
#include <gmock/gmock.h>

#include "engine/base/text.h"
#include "tests/support/booted_machine.h"
#include "tests/support/pictured.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::IsEmpty;

TEST(HelloTest, BakesAMachineThatBootsAndGreets) {
  if (!is_root()) GTEST_SKIP() << "baking needs root";
  const Workbench bench;
  const std::string pipeline = std::string(BAKER_SOURCE) + "/pipelines/hello.toml";
  const std::string lock_file = bench.path() / "hello.lock.toml";
  auto run = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"run", pipeline, "--lock-file", lock_file};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return bench.baker(arguments);
  };

  const Outcome baked = run({});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  {
    const BootedMachine machine(bench.machines() / "hello");
    EXPECT_EQ(machine.run({"cat", "/etc/motd"}).out, "Hello from baker\n");
    EXPECT_EQ(machine.run({"hostname"}).out, "hello\n");
    EXPECT_EQ(machine.run({"systemctl", "is-system-running"}).out, "running\n")
        << machine.run({"systemctl", "--failed"}).out;
  }

  const Outcome greeted = run({"--offline", "--set", "greeting=Good morning"});
  ASSERT_EQ(greeted.exit_status, 0) << "with its pins it needs no network: " << greeted.all();
  EXPECT_EQ(bench.read("machines/hello/etc/motd"), "Good morning\n");
}

TEST(HelloTest, PrintsWhatThePictureShows) {
  if (!is_root()) GTEST_SKIP() << "baking needs root";
  const Workbench bench;
  const std::string lock_file = bench.path() / "hello.lock.toml";
  std::map<std::string, size_t> seen;
  for (const std::string command : {"run pipelines/hello.toml", "run pipelines/hello.toml",
                                    "run pipelines/hello.toml --set greeting=Hi",
                                    "why pipelines/hello.toml machine --set greeting=Hi"}) {
    std::vector<std::string> words = split(command, ' ');
    words.at(1) = std::string(BAKER_SOURCE) + "/" + words[1];
    words.insert(words.begin() + 2, {"--lock-file", lock_file});
    const Outcome outcome = bench.baker(words);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
    const auto outputs = pictured_outputs("docs/hello.svg", "baker " + command);
    EXPECT_THAT(lines_not_printed(outputs.at(seen[command]++), outcome.out), IsEmpty())
        << command << " printed:\n"
        << outcome.all();
  }
}

}  // namespace
}  // namespace baker::testing
