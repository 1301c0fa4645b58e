// Whoever has a store and a running cluster of an earlier baker goes on with them: machines stay
// owned, pins stay pinned, and `up` rolls from the old trees to the new ones without losing a
// message.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/private_network.h"
#include "tests/support/kafka_load.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The last commit whose keys have format 1.
constexpr const char* kEarlier = "77286ae";

class EarlierVersionNightly : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    disk_ = place_on_btrfs(bench_);
    fs::create_directories(bench_.path() / "earlier");
    must("git -C '" BAKER_SOURCE "' archive " + std::string(kEarlier) + " | tar -x -C earlier");
    must(
        "cd earlier && cmake --preset release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache && "
        "cmake --build --preset release -- --quiet");
    // Its flagship, which waits for however long a busy host takes.
    must(
        "sed 's/^uses = \"kafka-probe\"$/&\\ndeadline = 180/' earlier/pipelines/kraft3.toml "
        "> kraft3.toml");
  }
  void TearDown() override {
    if (is_root()) now("down", {"--stop-timeout", "1", "--start-with", "direct"});
  }

  void must(const std::string& command) const {
    const Outcome outcome = run_program({"sh", "-c", command}, {}, bench_.path());
    ASSERT_EQ(outcome.exit_status, 0) << command << "\n" << outcome.all();
  }
  std::vector<std::string> words(const std::string& command,
                                 std::vector<std::string> options) const {
    options.insert(options.begin(), {command, "kraft3.toml", "--set", "heap=400m", "--set",
                                     "cluster=-" + process_tag(), "--set",
                                     "data=" + (bench_.path() / "data").string()});
    return bench_.command_line(options);
  }
  Outcome earlier(const std::string& command, const std::vector<std::string>& options) const {
    std::vector<std::string> argv = words(command, options);
    argv[0] = bench_.path() / "earlier/build/release/bin/baker";
    return run_program(argv, {}, bench_.path());
  }
  Outcome now(const std::string& command, const std::vector<std::string>& options) const {
    return run_program(words(command, options), {}, bench_.path());
  }

  const Workbench bench_;
  std::unique_ptr<LoopDisk> disk_;
};

TEST_F(EarlierVersionNightly, LeavesAClusterThatIsRolledWithoutLosingAMessage) {
  const Outcome baked = earlier("run", {});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const PrivateNetwork network;
  const Outcome started = earlier("up", {"--start-with", "direct"});
  ASSERT_EQ(started.exit_status, 0) << started.all();
  KafkaLoad load({"10.88.0.11:9092,10.88.0.12:9092,10.88.0.13:9092", "orders", 1000});
  const Outcome rolled = now("up", {"--start-with", "direct", "--locked"});
  EXPECT_EQ(rolled.exit_status, 0) << rolled.all();
  EXPECT_THAT(rolled.out, HasSubstr("4 replaced"));
  EXPECT_TRUE(load.goes_on()) << load.complaint();
  const LoadFigures figures = load.finish();
  EXPECT_EQ(figures.acknowledged, figures.sent) << load.complaint();
  EXPECT_EQ(figures.failed + figures.lost + figures.duplicated + figures.out_of_order, 0)
      << text_of(figures);
  EXPECT_THAT(now("status", {}).out, AllOf(HasSubstr("3 brokers"), Not(HasSubstr("stopped"))));
}

}  // namespace
}  // namespace baker::testing
