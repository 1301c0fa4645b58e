// Eight bakers at once: one bakes, the others wait and hit, and what looks after the cache is in
// nobody's way.
#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <numeric>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kBakers = 8;
// Or the layers of their pipelines would not be the same.
const char* const kOneDate = "format = 1\nsource-date-epoch = 1700000000\n";

class EightBakersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // What differs from the others comes last.
  void describe(const std::string& file, const std::string& word) const {
    bench_.write(file + ".toml",
                 "[pipeline]\nname = \"" + file + process_tag() + "\"\n" + tiny_root("base") +
                     "[stage.made]\nuses = \"script\"\nfrom = \"base\"\n"
                     "run = 'echo made > /made'\n[stage.word]\nuses = \"files\"\nfrom = \"made\"\n"
                     "files = { \"/word\" = { content = \"" +
                     word +
                     "\" } }\n[stage.m]\nuses = \"snapshot\"\nfrom = \"word\"\nmachine = \"" +
                     file + process_tag() + "\"\n");
  }
  std::future<Outcome> start(std::vector<std::string> command) const {
    return std::async(std::launch::async, [this, command] { return bench_.baker(command); });
  }
  // What the command line of those that know no other folders than the cache is.
  std::future<Outcome> start_on_cache(std::vector<std::string> command) const {
    command.insert(command.begin(), BAKER_PROGRAM);
    command.insert(command.end(), {"--cache-dir", bench_.cache()});
    return std::async(std::launch::async, [command] { return run_program(command); });
  }
  static int count(const std::vector<Outcome>& outcomes, const std::string& text) {
    return std::accumulate(outcomes.begin(), outcomes.end(), 0, [&](int sum, const Outcome& each) {
      return sum + (each.out.find(text) != std::string::npos);
    });
  }
  static std::vector<Outcome> all(std::vector<std::future<Outcome>>& started) {
    std::vector<Outcome> outcomes;
    for (std::future<Outcome>& each : started) outcomes.push_back(each.get());
    for (const Outcome& each : outcomes) EXPECT_EQ(each.exit_status, 0) << each.all();
    return outcomes;
  }

  const Workbench bench_;
};

TEST_F(EightBakersTest, OnOnePipelineBakeItOnce) {
  describe("p", "hello");
  std::vector<std::future<Outcome>> started;
  for (int i = 0; i < kBakers; ++i) started.push_back(start({"run", "p.toml"}));
  const std::vector<Outcome> outcomes = all(started);
  EXPECT_EQ(count(outcomes, "made: baked"), 1);
  EXPECT_EQ(count(outcomes, "m: placed"), 1);
  EXPECT_EQ(bench_.read("machines/p" + process_tag() + "/word"), "hello");
  bench_.baker({"destroy", "p.toml", "--yes"});
}

TEST_F(EightBakersTest, OnFourPipelinesBakeTheirCommonStagesOnce) {
  std::vector<std::future<Outcome>> started;
  const std::vector<std::string> files = {"a", "b", "c", "d"};
  for (const std::string& file : files) {
    describe(file, file);
    bench_.write(file + ".lock.toml", kOneDate);
  }
  for (int i = 0; i < kBakers; ++i) started.push_back(start({"run", files[i % 4] + ".toml"}));
  const std::vector<Outcome> outcomes = all(started);
  EXPECT_EQ(count(outcomes, "made: baked"), 1);
  for (const std::string& file : files) {
    EXPECT_EQ(bench_.read("machines/" + file + process_tag() + "/word"), file);
    bench_.baker({"destroy", file + ".toml", "--yes"});
  }
}

TEST_F(EightBakersTest, BakeBesideWhoeverLooksAfterTheCache) {
  for (const char* file : {"a", "b", "gone"}) {
    describe(file, "0");
    ASSERT_EQ(bench_.baker({"run", std::string(file) + ".toml"}).exit_status, 0);
  }
  for (int round = 1; round <= 4; ++round) {
    const std::string word = std::to_string(round);
    describe("a", word);
    describe("b", word + word);
    std::vector<std::future<Outcome>> started;
    started.push_back(start({"run", "a.toml"}));
    started.push_back(start({"run", "b.toml"}));
    started.push_back(start({"update", "b.toml"}));
    started.push_back(start_on_cache({"gc", "--keep-days", "0"}));
    started.push_back(start_on_cache({"verify", "--deep"}));
    started.push_back(start_on_cache({"gc", "--keep-days", "0"}));
    started.push_back(start({"status"}));
    started.push_back(start({"destroy", "gone.toml", "--yes"}));
    all(started);
    EXPECT_EQ(bench_.read("machines/a" + process_tag() + "/word"), word);
    EXPECT_EQ(bench_.read("machines/b" + process_tag() + "/word"), word + word);
    ASSERT_EQ(bench_.baker({"run", "gone.toml"}).exit_status, 0);
  }
  for (const char* file : {"a", "b", "gone"})
    EXPECT_EQ(bench_.baker({"destroy", std::string(file) + ".toml", "--yes"}).exit_status, 0);
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
}

}  // namespace
}  // namespace baker::testing
