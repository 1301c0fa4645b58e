// What is baked once is not baked again, whatever happens to baker or to its cache in between.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/file_lock.h"
#include "tests/support/injected.h"
#include "tests/support/running_program.h"
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

std::vector<std::string> stages_with(const std::string& outcome, const std::string& events) {
  std::vector<std::string> stages;
  std::istringstream lines(events);
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
    return stages_with("baked", must_run(text, {"--json"}).out);
  }
  std::unique_ptr<RunningProgram> start(const std::string& pipeline) const {
    return std::make_unique<RunningProgram>(
        bench_.command_line({"run", pipeline, "--plugin-dir", plugins_, "--json"}), bench_.path());
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

TEST_F(StoreTest, BakersOfOneKeyWaitForTheOneThatHasItAndThenHit) {
  // Lock files give both one source date epoch.
  for (const std::string name : {"first", "second"}) {
    bench_.write(name + ".toml",
                 "[pipeline]\nname = \"" + name + "\"\n[stage.it]\nuses = \"slow\"\nsteps = 0\n");
    bench_.write(name + ".lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
  }
  ASSERT_EQ(bench_.baker({"run", "first.toml", "--plugin-dir", plugins_}).exit_status, 0);
  const std::string key = names_in(bench_.cache() / "actions").at(0);
  fs::remove(bench_.cache() / "actions" / key);
  std::optional<FileLock> held(std::in_place, bench_.cache() / "locks" / key, LOCK_EX);
  const std::unique_ptr<RunningProgram> first = start("first.toml");
  const std::unique_ptr<RunningProgram> second = start("second.toml");
  for (const auto& baker : {first.get(), second.get()})
    ASSERT_TRUE(baker->says("\"stage-waiting\"")) << baker->said();
  held.reset();
  EXPECT_EQ(first->wait() + second->wait(), 0);
  EXPECT_THAT(stages_with("baked", first->said() + second->said()), SizeIs(1));
}

// Longer than anybody waits for it.
const char* const kEndless = "uses = \"slow\"\nsteps = 1000000\n";

TEST_F(StoreTest, WhatAKilledBakerLeftIsSweptByTheNext) {
  bench_.write("p.toml", std::string(kHeader) + "[stage.it]\n" + kEndless);
  const std::unique_ptr<RunningProgram> baker = start("p.toml");
  ASSERT_TRUE(baker->says("halfway")) << baker->said();
  EXPECT_THAT(mounts_below(bench_.path()), Not(IsEmpty()));
  baker->kill();
  EXPECT_TRUE(comes_true([&] { return mounts_below(bench_.path()).empty(); }))
      << "the stage dies with its baker";
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), Not(IsEmpty()));
  must_run(std::string(kHeader) + "[stage.it]\nuses = \"slow\"\nsteps = 0\n");
  expect_nothing_left();
}

TEST_F(StoreTest, AnInterruptedRunKeepsWhatIsFinishedAndTheNextGoesOn) {
  const std::string quick =
      std::string(kHeader) + "[stage.quick]\nuses = \"slow\"\nsteps = 0\ntext = \"x\"\n";
  const std::string long_one = "[stage.long]\nneeds = \"quick\"\n";
  bench_.write("p.toml", quick + long_one + kEndless);
  const std::unique_ptr<RunningProgram> baker = start("p.toml");
  ASSERT_TRUE(baker->says("\"stage\":\"long\",\"line\":\"halfway\"")) << baker->said();
  baker->signal(SIGINT);
  EXPECT_EQ(baker->wait(), 130);
  EXPECT_THAT(baker->said(), HasSubstr("interrupted: the stages that ran were ended; what was "
                                       "finished is kept, and the next run goes on from there"));
  expect_nothing_left();
  EXPECT_THAT(baked_by(quick + long_one + "uses = \"slow\"\nsteps = 0\n"), ElementsAre("long"));
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
