// Whatever call of the system fails while a machine is replaced or removed: baker says so, nothing
// that it writes down is more than what is on the disk, and the next run brings all of it right.
//
// strace(1) lets the calls of the real program fail, one after the other, each in a run of its own.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>

#include "tests/e2e/traces.h"
#include "tests/support/injected.h"
#include "tests/support/power_cut.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Failing {
  const char* call;
  const char* error;
  unsigned step = 1;        // each so-many-th call of a run
  bool everywhere = false;  // also in baker's threads, and in the processes that it starts
  const char* disk = "ext4";
};

void PrintTo(const Failing& failing, std::ostream* to) {
  *to << failing.call << " with " << failing.error << " on " << failing.disk;
}

class FailingCalls : public ::testing::TestWithParam<Failing> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  void describe(const std::string& word) const {
    bench_.write("p.toml",
                 "[pipeline]\nname = \"failing\"\n[stage.base]\nuses = \"files\"\n"
                 "files = { \"/word\" = { content = \"" +
                     word +
                     "\" } }\n"
                     "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n"
                     "bind = { \"/word-of-settings\" = \"" +
                     data(word) + "\" }\n");
  }
  std::string data(const std::string& word) const { return bench_.path() / "data" / word; }

  // False where the run has no such call any more.
  bool run_failing(std::vector<std::string> command, unsigned number) {
    return run_with(std::move(command), number, std::string("error=") + GetParam().error);
  }
  bool run_killed_at(unsigned number) {
    run_with({"run", "p.toml"}, number, "signal=KILL");
    return last_.exit_status != 0;
  }

  bool run_with(std::vector<std::string> command, unsigned number, const std::string& injected) {
    last_ = run_program(with_injected({GetParam().call, injected, number, GetParam().everywhere},
                                      bench_.command_line(command), bench_.path() / "strace.log"),
                        {}, bench_.path());
    return bench_.read("strace.log").find("(INJECTED)") != std::string::npos;
  }
  // By the next run, which nothing disturbs.
  void expect_all_made_good(const std::string& wanted) {
    again_ = bench_.baker({"run", "p.toml"});
    ASSERT_EQ(again_.exit_status, 0) << last_.all() << again_.all();
    ASSERT_EQ(word(), wanted) << last_.all();
    ASSERT_THAT(settings(), HasSubstr(data(wanted) + ":")) << last_.all();
  }
  std::string word() const { return bench_.read("machines/m/word"); }
  std::string settings() const { return bench_.read("nspawn/m.nspawn"); }

  const Workbench bench_;
  Outcome last_;   // of the run that was disturbed
  Outcome again_;  // of the one after it
};

TEST_P(FailingCalls, WhileAMachineIsReplacedAreMadeGoodByTheNextRun) {
  describe("0");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  std::string before = "0";
  for (unsigned number = 1;; number += GetParam().step) {
    const std::string wanted = std::to_string(number);
    SCOPED_TRACE(wanted + ". " + GetParam().call);
    describe(wanted);
    if (!run_failing({"run", "p.toml"}, number)) break;
    EXPECT_THAT(word(), AnyOf(before, wanted)) << last_.all();
    if (last_.exit_status == 0) {
      EXPECT_THAT(settings(), HasSubstr(data(wanted) + ":"));
    }

    ASSERT_NO_FATAL_FAILURE(expect_all_made_good(wanted));
    before = wanted;
  }
  EXPECT_THAT(bench_.baker({"run", "p.toml"}).out, HasSubstr("nothing to do"));
}

TEST_P(FailingCalls, WhileAMachineIsRemovedAreMadeGoodByTheNextDestroy) {
  for (unsigned number = 1;; number += GetParam().step) {
    SCOPED_TRACE(std::to_string(number) + ". " + GetParam().call);
    describe(std::to_string(number));
    ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
    const bool has_failed = run_failing({"destroy", "p.toml", "--data"}, number);
    const Outcome again = bench_.baker({"destroy", "p.toml", "--data"});
    ASSERT_EQ(again.exit_status, 0) << last_.all() << again.all();
    ASSERT_THAT(names_in(bench_.machines()), IsEmpty()) << last_.all();
    ASSERT_FALSE(fs::exists(bench_.nspawn() / "m.nspawn")) << last_.all();
    ASSERT_FALSE(fs::exists(data(std::to_string(number)))) << last_.all();
    if (!has_failed) break;
  }
}

// Killed there, it comes to its end with the next run all the same.
class KilledAtACall : public FailingCalls {};

TEST_P(KilledAtACall, WhileAMachineIsReplacedIsMadeGoodByTheNextRun) {
  describe("0");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  for (unsigned number = 1;; number += GetParam().step) {
    const std::string wanted = std::to_string(number);
    SCOPED_TRACE(wanted + ". " + GetParam().call);
    describe(wanted);
    if (!run_killed_at(number)) break;
    ASSERT_NO_FATAL_FAILURE(expect_all_made_good(wanted));
    ASSERT_THAT(bench_.baker({"run", "p.toml"}).out, HasSubstr("nothing to do"));
  }
  EXPECT_EQ(bench_.baker({"destroy", "p.toml", "--data"}).exit_status, 0);
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
}

const Failing kKilledSample[] = {{"move_mount", "", 1, true}, {"renameat2", "", 2, true}};
INSTANTIATE_TEST_SUITE_P(Sample, KilledAtACall, ::testing::ValuesIn(kKilledSample));

const Failing kCallsToBeKilledAt[] = {{"mount", "", 1, true},      {"umount2", "", 1, true},
                                      {"move_mount", "", 1, true}, {"open_tree", "", 1, true},
                                      {"renameat2", "", 1, true},  {"rename", "", 1, true},
                                      {"syncfs", "", 1, true},     {"clone", "", 1, true}};
INSTANTIATE_TEST_SUITE_P(Nightly, KilledAtACall, ::testing::ValuesIn(kCallsToBeKilledAt));

const Failing kSample[] = {
    {"rename", "EIO", 2}, {"renameat2", "EIO"},           {"fsync", "EIO", 3},
    {"syncfs", "EIO"},    {"mkdir", "ENOSPC", 2},         {"unlinkat", "EIO", 11},
    {"flock", "EIO", 3},  {"write", "ENOSPC", 23},        {"openat", "EIO", 61},
    {"umount2", "EBUSY"}, {"move_mount", "EIO", 1, true}, {"mount_setattr", "EINVAL", 1, true}};
INSTANTIATE_TEST_SUITE_P(Sample, FailingCalls, ::testing::ValuesIn(kSample));

// All lies on a disk of its own. What was not yet on it when the call came is gone.
class PowerCutAtACall : public FailingCalls {
 protected:
  void SetUp() override {
    FailingCalls::SetUp();
    if (IsSkipped()) return;
    disk_ = std::make_unique<DiskWithAPlug>(bench_.path(), GetParam().disk);
  }
  void TearDown() override { disk_.reset(); }

  std::unique_ptr<DiskWithAPlug> disk_;
};

TEST_P(PowerCutAtACall, WhileAMachineIsReplacedIsMadeGoodByTheNextRun) {
  describe("0");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  for (unsigned number = 1;; number += GetParam().step) {
    const std::string wanted = std::to_string(number);
    SCOPED_TRACE(wanted + ". " + GetParam().call);
    describe(wanted);
    const bool was_killed = run_killed_at(number);
    disk_->pull_the_plug();
    describe(wanted);
    ASSERT_NO_FATAL_FAILURE(expect_all_made_good(wanted));
    ASSERT_THAT(bench_.baker({"run", "p.toml"}).out, HasSubstr("nothing to do"));
    if (was_killed) continue;
    EXPECT_THAT(again_.out, Not(HasSubstr("baked"))) << "what was done was not all on the disk";
    break;
  }
  EXPECT_EQ(bench_.baker({"destroy", "p.toml", "--data"}).exit_status, 0);
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
}

const Failing kPowerCutSample[] = {{"move_mount", "", 1, true, "ext4"},
                                   {"renameat2", "", 2, true, "xfs"},
                                   {"rename", "", 4, true, "btrfs"}};
INSTANTIATE_TEST_SUITE_P(Sample, PowerCutAtACall, ::testing::ValuesIn(kPowerCutSample));

std::vector<Failing> power_cuts() {
  std::vector<Failing> cuts;
  for (const char* disk : {"ext4", "xfs", "btrfs"})
    for (const char* call : {"rename", "renameat2", "syncfs", "fsync", "move_mount"})
      cuts.push_back({call, "", 1, true, disk});
  return cuts;
}
INSTANTIATE_TEST_SUITE_P(Nightly, PowerCutAtACall, ::testing::ValuesIn(power_cuts()));

const Failing kAll[] = {{"openat", "EIO"},
                        {"openat", "EMFILE"},
                        {"write", "ENOSPC"},
                        {"unlinkat", "EIO"},
                        {"read", "EIO"},
                        {"statx", "EIO"},
                        {"mkdirat", "EDQUOT"},
                        {"fchown", "EPERM"},
                        {"fchmod", "EPERM"},
                        {"chown", "EPERM"},
                        {"ftruncate", "EIO"},
                        {"newfstatat", "EIO"},
                        {"rename", "EIO"},
                        {"fsync", "EIO"},
                        {"mkdir", "ENOSPC"},
                        {"unlink", "EIO"},
                        {"flock", "EIO"},
                        {"mount", "EINVAL", 1, true},
                        {"open_tree", "EIO", 1, true}};
INSTANTIATE_TEST_SUITE_P(Nightly, FailingCalls, ::testing::ValuesIn(kAll));

}  // namespace
}  // namespace baker::testing
