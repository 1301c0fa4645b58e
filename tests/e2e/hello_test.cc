// The first pipeline that a reader tries does what it says.
#include <gmock/gmock.h>

#include <memory>

#include "engine/base/text.h"
#include "tests/support/booted_machine.h"
#include "tests/support/pictured.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::IsEmpty;

constexpr const char* kPictured[] = {"run pipelines/hello.toml", "run pipelines/hello.toml",
                                     "run pipelines/hello.toml --set greeting=Hi",
                                     "why pipelines/hello.toml machine --set greeting=Hi"};

class HelloTest : public ::testing::Test {
 protected:
  // Types what the picture shows, from an empty cache.
  static void SetUpTestSuite() {
    if (!is_root()) return;
    bench_ = std::make_unique<Workbench>();
    for (const char* command : kPictured) pictured_.push_back(baker(command));
  }
  static void TearDownTestSuite() {
    pictured_.clear();
    bench_.reset();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  static Outcome baker(const std::string& command) {
    std::vector<std::string> words = split(command, ' ');
    words.at(1) = std::string(BAKER_SOURCE) + "/" + words[1];
    words.insert(words.begin() + 2, {"--lock-file", bench_->path() / "hello.lock.toml"});
    return bench_->baker(words);
  }

  static inline std::unique_ptr<Workbench> bench_;
  static inline std::vector<Outcome> pictured_;
};

TEST_F(HelloTest, PrintsWhatThePictureShows) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < pictured_.size(); ++i) {
    const std::string command = kPictured[i];
    const Outcome& outcome = pictured_[i];
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
    const auto outputs = pictured_outputs("docs/hello.svg", "baker " + command);
    EXPECT_THAT(lines_not_printed(outputs.at(seen[command]++), outcome.out), IsEmpty())
        << command << " printed:\n"
        << outcome.all();
  }
}

TEST_F(HelloTest, BakesAMachineThatBootsAndGreets) {
  const Outcome baked = baker("run pipelines/hello.toml");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  {
    const BootedMachine machine(bench_->machines() / "hello");
    EXPECT_EQ(machine.run({"cat", "/etc/motd"}).out, "Hello from baker\n");
    EXPECT_EQ(machine.run({"hostname"}).out, "hello\n");
    EXPECT_EQ(machine.run({"systemctl", "is-system-running"}).out, "running\n")
        << machine.run({"systemctl", "--failed"}).out;
  }

  const Outcome greeted = baker("run pipelines/hello.toml --offline --set greeting=Hello");
  ASSERT_EQ(greeted.exit_status, 0) << "with its pins it needs no network: " << greeted.all();
  EXPECT_EQ(bench_->read("machines/hello/etc/motd"), "Hello\n");
}

}  // namespace
}  // namespace baker::testing
