// What is baked once is not baked again, whatever happens to baker or to its cache in between.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/injected.h"
#include "tests/support/waiting.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const char* const kHeader = "[pipeline]\nname = \"store-test\"\n";

// base ← middle ← top: files, and a script that makes of them what it likes.
std::string tower(const std::string& greeting, const std::string& middle) {
  return kHeader + tiny_root("base") + "\"/greeting\" = { content = \"" + greeting +
         "\" }\n[stage.middle]\nuses = \"script\"\nfrom = \"base\"\nrun = '" + middle +
         "'\n[stage.top]\nuses = \"files\"\nfrom = \"middle\"\n";
}

// The baker of one test, started and not yet waited for.
class RunningBaker {
 public:
  RunningBaker(const Workbench& bench, const std::string& pipeline) {
    const fs::path out = bench.path() / "running.out";
    child_ = fork();
    if (child_ == 0) {
      const std::string command =
          "exec \"$0\" run " + pipeline +
          " --plugin-dir \"$1\" --cache-dir cache --machines-dir machines --state-dir state "
          "--nspawn-dir nspawn >\"$2\" 2>&1";
      if (chdir(bench.path().c_str()) == 0)
        execl("/bin/sh", "sh", "-c", command.c_str(), BAKER_PROGRAM, BAKER_TEST_PLUGINS,
              out.c_str(), nullptr);
      _exit(127);
    }
    out_ = out;
  }
  ~RunningBaker() {
    if (child_ > 0) end(SIGKILL);
  }
  RunningBaker(const RunningBaker&) = delete;
  RunningBaker& operator=(const RunningBaker&) = delete;

  // The exit status, 128 + signal where a signal ended it.
  int end(int signal) {
    kill(child_, signal);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  std::string said() const {
    std::ifstream stream(out_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  pid_t child_ = -1;
  fs::path out_;
};

std::vector<std::string> stages_with(const std::string& outcome, const Outcome& run) {
  std::vector<std::string> stages;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json event = nlohmann::json::parse(line);
    if (event.at("event") == "stage-finished" && event.at("outcome") == outcome)
      stages.push_back(event.at("stage"));
  }
  return stages;
}

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  Outcome run(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"run", "p.toml", "--plugin-dir", plugins_});
    return bench_.baker(options);
  }
  Outcome must_run(const std::string& text, std::vector<std::string> options = {}) {
    bench_.write("p.toml", text);
    Outcome outcome = run(std::move(options));
    if (outcome.exit_status != 0) throw std::runtime_error(outcome.all());
    return outcome;
  }
  std::vector<std::string> baked_by(const std::string& text) {
    return stages_with("baked", must_run(text, {"--json"}));
  }
  std::string why(const std::string& stage) {
    return bench_.baker({"why", "p.toml", stage, "--plugin-dir", plugins_}).out;
  }
  void expect_nothing_left() {
    EXPECT_THAT(mounts_below(bench_.path()), IsEmpty());
    EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
  }

  const Workbench bench_;
  std::string plugins_ = BAKER_TEST_PLUGINS;
};

// overlayfs takes its folders in one text, parted by commas and colons.
TEST_F(StoreTest, TheCacheMayLieInAFolderOfAnyName) {
  const std::string odd = bench_.path() / R"(a,b:c\d "e")";
  const std::string pipeline = bench_.write("p.toml", tower("hello", "echo 1 > /one"));
  const Outcome baked = run_program(
      {BAKER_PROGRAM, "run", pipeline, "--plugin-dir", plugins_, "--cache-dir", odd, "--state-dir",
       bench_.state(), "--machines-dir", bench_.machines(), "--nspawn-dir", bench_.nspawn()});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(StoreTest, AnUpstreamChangeThatGivesEqualBytesBakesNothingAbove) {
  EXPECT_THAT(baked_by(tower("hello", "echo 1 > /one")), ElementsAre("base", "middle", "top"));
  EXPECT_THAT(baked_by(tower("hello", "echo 1 > /one; true")), ElementsAre("middle"));
  EXPECT_THAT(why("middle"), HasSubstr("middle changed: run "));
}

TEST_F(StoreTest, WhatNothingChangedIsNotBakedAgain) {
  const std::string text = tower("hello", "echo 1 > /one");
  must_run(text);
  const Outcome again = must_run(text);
  EXPECT_THAT(again.out, HasSubstr("store-test: nothing to do, 3 stages cached"));
}

TEST_F(StoreTest, SwitchingAnOptionBackAndForthBakesNothingASecondTime) {
  must_run(tower("hello", "echo 1 > /one"));
  must_run(tower("good day", "echo 1 > /one"));
  EXPECT_THAT(baked_by(tower("hello", "echo 1 > /one")), IsEmpty());
  EXPECT_THAT(baked_by(tower("good day", "echo 1 > /one")), IsEmpty());
}

TEST_F(StoreTest, WhyNamesTheLeafCause) {
  must_run(tower("hello", "echo 1 > /one"));
  bench_.write("p.toml", tower("good day", "echo 1 > /one"));
  EXPECT_THAT(why("top"),
              HasSubstr("because base changed: files./greeting.content hello → good day"));
  must_run(tower("good day", "echo 1 > /one"));
  EXPECT_THAT(why("top"), AllOf(HasSubstr("top is up to date"),
                                HasSubstr("it last changed because base changed: "
                                          "files./greeting.content hello → good day")));
}

TEST_F(StoreTest, AChangedInputIsNamed) {
  const std::string text = std::string(kHeader) +
                           "[stage.it]\nuses = \"files\"\nfiles = { \"/etc/motd\" = { source = "
                           "\"motd.txt\" } }\n";
  bench_.write("motd.txt", "hello\n");
  must_run(text);
  bench_.write("motd.txt", "good day\n");
  EXPECT_THAT(why("it"),
              HasSubstr("it will be baked again because it changed: input motd.txt changed"));
  EXPECT_THAT(baked_by(text), ElementsAre("it"));
}

TEST_F(StoreTest, AChangedPluginBakesItsStagesAgain) {
  const fs::path own = bench_.path() / "own-plugins";
  fs::create_directory(own);
  for (const char* file : {"slow.so", "slow.stage.toml"})
    fs::copy_file(fs::path(BAKER_TEST_PLUGINS) / file, own / file);
  plugins_ = own;
  const std::string text = std::string(kHeader) +
                           "[stage.it]\nuses = \"slow\"\nsteps = 0\n[stage.other]\nuses = "
                           "\"files\"\n";
  must_run(text);
  std::ofstream(own / "slow.so", std::ios::app) << "one more byte";
  EXPECT_THAT(why("it"), HasSubstr("it will be baked again because it changed: plugin changed"));
  EXPECT_THAT(baked_by(text), ElementsAre("it"));
}

TEST_F(StoreTest, ADamagedRecordCountsAsAbsent) {
  const std::string text = std::string(kHeader) + "[stage.it]\nuses = \"slow\"\nsteps = 0\n";
  must_run(text);
  const fs::path record = fs::directory_iterator(bench_.cache() / "actions")->path();
  std::ofstream(record, std::ios::trunc) << "junk";
  const Outcome again = must_run(text, {"--verbose"});
  EXPECT_THAT(again.all(),
              AllOf(HasSubstr("its record " + record.string() + " is damaged: baked again"),
                    HasSubstr("it: baked in ")));
  EXPECT_THAT(baked_by(text), IsEmpty());
}

TEST_F(StoreTest, AMissingLayerIsBakedAgain) {
  const std::string text = std::string(kHeader) + "[stage.it]\nuses = \"slow\"\nsteps = 0\n";
  must_run(text);
  const fs::path layer = fs::directory_iterator(bench_.cache() / "layers")->path();
  fs::remove_all(layer);
  EXPECT_THAT(why("it"),
              HasSubstr("it is not usable: its layer " + layer.string() + " is missing"));
  const Outcome again = must_run(text, {"--verbose"});
  EXPECT_THAT(again.all(),
              AllOf(HasSubstr("its layer " + layer.string() + " is missing: baked again"),
                    HasSubstr("it: baked in ")));
  EXPECT_TRUE(fs::exists(layer));
}

TEST_F(StoreTest, ASecondBakerWaitsForTheFirstAndThenHits) {
  const std::string stage = "[stage.it]\nuses = \"slow\"\nsteps = 80\n";
  bench_.write("first.toml", "[pipeline]\nname = \"first\"\n" + stage);
  bench_.write("second.toml", "[pipeline]\nname = \"second\"\n" + stage);
  // Lock files give both one source date epoch.
  bench_.write("first.lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
  bench_.write("second.lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
  auto bake = [&](const char* pipeline) {
    return bench_.baker({"run", pipeline, "--plugin-dir", plugins_, "--json"});
  };
  std::future<Outcome> other = std::async(std::launch::async, bake, "first.toml");
  const Outcome second = bake("second.toml");
  const Outcome first = other.get();
  ASSERT_EQ(first.exit_status + second.exit_status, 0) << first.all() << second.all();
  std::vector<std::string> baked = stages_with("baked", first);
  for (const std::string& stage_name : stages_with("baked", second)) baked.push_back(stage_name);
  EXPECT_THAT(baked, SizeIs(1)) << first.out << second.out;
  EXPECT_THAT(first.out + second.out, HasSubstr("\"stage-waiting\""));
}

TEST_F(StoreTest, WhatAKilledBakerLeftIsSweptByTheNext) {
  bench_.write("p.toml", std::string(kHeader) + "[stage.it]\nuses = \"slow\"\nsteps = 20\n");
  {
    RunningBaker baker(bench_, "p.toml");
    ASSERT_TRUE(comes_true([&] { return !mounts_below(bench_.path()).empty(); })) << baker.said();
    EXPECT_EQ(baker.end(SIGKILL), 128 + SIGKILL);
  }
  EXPECT_TRUE(comes_true([&] { return mounts_below(bench_.path()).empty(); }))
      << "the stage dies with its baker";
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), Not(IsEmpty()));
  const Outcome next = run();
  ASSERT_EQ(next.exit_status, 0) << next.all();
  expect_nothing_left();
}

TEST_F(StoreTest, AnInterruptedRunKeepsWhatIsFinishedAndTheNextGoesOn) {
  bench_.write("p.toml",
               std::string(kHeader) +
                   "[stage.quick]\nuses = \"slow\"\nsteps = 0\n"
                   "[stage.long]\nuses = \"slow\"\nneeds = \"quick\"\nsteps = 20\ntext = \"x\"\n");
  {
    RunningBaker baker(bench_, "p.toml");
    ASSERT_TRUE(comes_true([&] { return baker.said().find("quick: baked") != std::string::npos; }));
    ASSERT_TRUE(comes_true([&] { return !mounts_below(bench_.path()).empty(); }));
    EXPECT_EQ(baker.end(SIGINT), 130);
    EXPECT_THAT(baker.said(), HasSubstr("interrupted: the stages that ran were ended; what was "
                                        "finished is kept, and the next run goes on from there"));
  }
  expect_nothing_left();
  EXPECT_THAT(stages_with("baked", run({"--json"})), ElementsAre("long"));
}

class StoreThatIsNone : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("p.toml", std::string(kHeader) +
                               "[stage.it]\nuses = \"files\"\n"
                               "files = { \"/x\" = { content = \"x\" } }\n");
  }
  const Workbench bench_;
};

TEST_F(StoreThatIsNone, IsToldBeforeWorkBeginsWhereItsFileSystemLacksWhatLayersHave) {
  for (const auto& [call, lack] : {std::pair{"setxattr", "keeps no attributes of its own"},
                                   std::pair{"renameat2", "can't rename as renameat2(2) does"}}) {
    // Its folders are there: the first such call is about the file system.
    for (const char* made : {"cache", "state"}) fs::create_directory(bench_.path() / made);
    const Outcome refused = run_program(
        with_injected({call, "error=EOPNOTSUPP"}, bench_.command_line({"run", "p.toml"})), {},
        bench_.path());
    EXPECT_EQ(refused.exit_status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr(lack), HasSubstr("--cache-dir")));
    EXPECT_THAT(names_in(bench_.cache() / "layers"), IsEmpty());
    fs::remove_all(bench_.cache());
  }
}

TEST_F(StoreThatIsNone, OfANewerBakerIsLeftAsItIs) {
  bench_.write("cache/format", "2\n");
  for (const char* command : {"run", "plan"}) {
    const Outcome refused = bench_.baker({command, "p.toml"});
    EXPECT_EQ(refused.exit_status, 1);
    EXPECT_THAT(refused.err, HasSubstr("has the format \"2\", and this baker knows 1"));
  }
  EXPECT_THAT(names_in(bench_.cache()), ElementsAre("format"));
}

}  // namespace
}  // namespace baker::testing
