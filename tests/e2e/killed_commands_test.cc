// A kill at whatever call of the system: what is there is old or new and whole, the next command
// goes on to the same end, and one more leaves nothing over.
//
// strace(1) kills baker, or one of its runners, before the so-many-th call of a kind.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/e2e/traces.h"
#include "tests/support/http_server.h"
#include "tests/support/injected.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::UnorderedElementsAre;

enum class Killed { kColdRun, kWarmRun, kChangedRun, kUpdate, kPrune, kDestroy, kGc };

struct Plug {
  Killed command;
  const char* call;
  unsigned step = 1;  // each so-many-th call
};

constexpr std::pair<Killed, const char*> kNames[] = {{Killed::kColdRun, "cold run"},
                                                     {Killed::kWarmRun, "warm run"},
                                                     {Killed::kChangedRun, "changed run"},
                                                     {Killed::kUpdate, "update"},
                                                     {Killed::kPrune, "prune"},
                                                     {Killed::kDestroy, "destroy"},
                                                     {Killed::kGc, "gc"}};

void PrintTo(const Plug& plug, std::ostream* to) {
  for (const auto& [command, name] : kNames)
    if (command == plug.command) *to << name << ", " << plug.call;
}

class KilledCommands : public ::testing::TestWithParam<Plug> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    make_tarball(bench_.path() / "served/base.tar", {{"etc/os-release", "ID=debian\n"}});
  }
  void TearDown() override { bench_.baker({"destroy", "p.toml", "--data", "--yes"}); }

  static bool is_killed_at(Killed command) { return GetParam().command == command; }
  std::string machine(int number) const { return name_ + "-" + std::to_string(number); }

  std::string layers(const std::string& word) const {
    return "[pipeline]\nname = \"" + name_ +
           "\"\n[stage.base]\nuses = \"rootfs\"\nsources = [{ url = \"" + server_.url("base.tar") +
           "\", sha256 = \"" + sha256_of(bench_.path() / "served/base.tar") +
           "\" }]\n[stage.word]\nuses = \"files\"\nfrom = \"base\"\n"
           "files = { \"/word\" = { content = \"" +
           word + "\" } }\n";
  }
  void describe(const std::string& word, int machines) const {
    bench_.write("p.toml", layers(word) + "[stage.m]\nfor-each = \"1.." + std::to_string(machines) +
                               "\"\nuses = \"snapshot\"\nfrom = \"word\"\nmachine = \"" + name_ +
                               "-${each}\"\nbind = { \"/data\" = \"" +
                               (bench_.path() / "data").string() + "/${each}\" }\n");
  }
  void must(const std::vector<std::string>& command) const {
    const Outcome outcome = bench_.baker(command);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all() << killed_.all();
  }

  // What the killed command finds.
  void begin(const std::string& word) {
    if (is_killed_at(Killed::kColdRun)) {
      describe(word, 1);
      must({"destroy", "p.toml", "--data", "--yes"});
      for (const char* gone : {"cache", "state", "p.lock.toml"})
        fs::remove_all(bench_.path() / gone);
      return;
    }
    describe(is_killed_at(Killed::kChangedRun) ? before_ : word,
             is_killed_at(Killed::kPrune) ? 2 : 1);
    must({"run", "p.toml"});
    describe(word, 1);
  }
  std::vector<std::string> command() const {
    switch (GetParam().command) {
      case Killed::kUpdate:
        return {"update", "p.toml"};
      case Killed::kPrune:
        return {"run", "p.toml", "--prune"};
      case Killed::kDestroy:
        return {"destroy", "p.toml", "--data", "--yes"};
      case Killed::kGc:
        return {"gc", "--keep-days", "0", "--cache-dir", bench_.cache()};
      default:
        return {"run", "p.toml"};
    }
  }
  // gc knows the cache alone.
  std::vector<std::string> command_line() const {
    std::vector<std::string> words = bench_.command_line(command());
    if (is_killed_at(Killed::kGc)) words.resize(1 + command().size());
    return words;
  }
  // False where the command has no such call any more.
  bool kill_at(unsigned number) {
    const fs::path log = bench_.path() / "strace.log";
    killed_ = run_program(
        with_injected({GetParam().call, "signal=KILL", number, true}, command_line(), log), {},
        bench_.path());
    // What is killed in a process that baker does not wait for shows in the log alone.
    const bool was_killed =
        killed_.exit_status != 0 || bench_.read("strace.log").find(") = ?") != std::string::npos;
    fs::remove(log);
    return was_killed;
  }

  void expect_old_or_new(const std::string& word) const {
    for (const std::string& name : names_in(bench_.machines()))
      if (name == machine(1) && fs::exists(bench_.machines() / name / "word")) {
        EXPECT_THAT(bench_.read("machines/" + name + "/word"), AnyOf(before_, word));
      }
    if (fs::exists(bench_.cache() / "layers")) {
      const Outcome verified =
          run_program({BAKER_PROGRAM, "verify", "--deep", "--cache-dir", bench_.cache()});
      EXPECT_EQ(verified.exit_status, 0) << verified.all();
    }
  }
  void expect_converged(const std::string& word) const {
    const Outcome finished = run_program(command_line(), {}, bench_.path());
    ASSERT_EQ(finished.exit_status, 0) << finished.all() << killed_.all();
    if (is_killed_at(Killed::kDestroy)) return expect_gone();
    must({"run", "p.toml"});
    const Outcome again = bench_.baker({"run", "p.toml"});
    EXPECT_THAT(again.out, HasSubstr("nothing to do")) << killed_.all();
    EXPECT_EQ(bench_.read("machines/" + machine(1) + "/word"), word);
    EXPECT_EQ(bench_.layer_of("p.toml", "word").parent_path().filename(), digest_of_word(word));
    expect_nothing_left_over();
  }
  void expect_nothing_left_over() const {
    EXPECT_THAT(visible(bench_.machines()), UnorderedElementsAre(machine(1)));
    EXPECT_THAT(names_in(bench_.nspawn()), UnorderedElementsAre(machine(1) + ".nspawn"));
    EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
    EXPECT_THAT(names_in(bench_.path()),
                IsSubsetOf({".lock", "cache", "machines", "state", "nspawn", "data", "served",
                            "p.toml", "p.lock.toml"}));
    EXPECT_THAT(names_in(bench_.path() / "data"), IsSubsetOf({"1", "2"}));
  }
  void expect_gone() const {
    EXPECT_THAT(names_in(bench_.machines()), IsEmpty()) << killed_.all();
    EXPECT_THAT(names_in(bench_.nspawn()), IsEmpty());
    EXPECT_FALSE(fs::exists(bench_.path() / "data"));
  }
  // Of a baker that nobody kills, elsewhere.
  std::string digest_of_word(const std::string& word) const {
    const Workbench elsewhere;
    elsewhere.write("p.toml", layers(word));
    elsewhere.write("p.lock.toml", bench_.read("p.lock.toml"));
    elsewhere.baker({"run", "p.toml"});
    return elsewhere.layer_of("p.toml", "word").parent_path().filename();
  }
  static std::vector<std::string> visible(const fs::path& folder) {
    std::vector<std::string> names = names_in(folder);
    std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
    return names;
  }

  const Workbench bench_;
  const HttpServer server_{bench_.path() / "served"};
  const std::string name_ = "killed" + process_tag();
  std::string before_ = "0";
  Outcome killed_;
  int points_ = 0;
};

TEST_P(KilledCommands, AreBroughtToTheirEndByTheNext) {
  for (unsigned number = 1; !HasFailure(); number += GetParam().step) {
    SCOPED_TRACE(std::to_string(number) + ". call");
    const std::string word = std::to_string(number);
    ASSERT_NO_FATAL_FAILURE(begin(word));
    if (!kill_at(number)) break;
    expect_old_or_new(word);
    expect_converged(word);
    before_ = word;
    ++points_;
  }
  RecordProperty("points", points_);
  const std::string suite = ::testing::UnitTest::GetInstance()->current_test_suite()->name();
  EXPECT_TRUE(points_ > 0 || suite.starts_with("Nightly")) << "it makes no such call";
}

const Plug kSample[] = {{Killed::kColdRun, "renameat2", 3}, {Killed::kColdRun, "fsync"},
                        {Killed::kWarmRun, "openat", 20},   {Killed::kChangedRun, "rename", 2},
                        {Killed::kUpdate, "unlinkat"},      {Killed::kPrune, "unlinkat", 4},
                        {Killed::kDestroy, "rename", 2},    {Killed::kGc, "renameat2", 2}};
INSTANTIATE_TEST_SUITE_P(Sample, KilledCommands, ::testing::ValuesIn(kSample));

std::vector<Plug> all_plugs() {
  std::vector<Plug> plugs;
  for (const auto& [command, name] : kNames)
    for (const auto& [call, step] : {std::pair{"rename", 1U},
                                     {"renameat2", 1U},
                                     {"fsync", 1U},
                                     {"syncfs", 1U},
                                     {"unlink", 1U},
                                     {"unlinkat", 1U},
                                     {"mkdir", 1U},
                                     {"mkdirat", 1U},
                                     {"linkat", 1U},
                                     {"fsetxattr", 1U},
                                     {"ftruncate", 1U},
                                     {"flock", 1U},
                                     {"openat", 7U},
                                     {"write", 5U}})
      plugs.push_back({command, call, step});
  return plugs;
}
INSTANTIATE_TEST_SUITE_P(Nightly, KilledCommands, ::testing::ValuesIn(all_plugs()));

}  // namespace
}  // namespace baker::testing
