// A machine that reboots, ends or is ended by hand, on a host without systemd: it comes back, or it
// is told what became of it, and `up` brings it right.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <set>

#include "engine/base/text.h"
#include "tests/e2e/two_machines.h"
#include "tests/support/direct_machine.h"
#include "tests/support/running_program.h"
#include "tests/support/waiting.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MachineLifeTest : public TwoMachines {
 protected:
  static bool soon(const std::function<bool()>& condition) {
    return comes_true(condition, std::chrono::seconds(60));
  }
  static std::string first() { return name() + "-1"; }
};

TEST_F(MachineLifeTest, ACommandIsRunInItToTheLetter) {
  EXPECT_EQ(in_first({"echo", "$HOME", "${HOME}", "$$", "50%", "\\", "a b"}).out,
            "$HOME ${HOME} $$ 50% \\ a b\n");
  EXPECT_EQ(in_first({"sh", "-c", "echo ${HOME}"}).out, "/root\n");
}

// A process that is in the machine before it has a memory of its own could be reached from there.
TEST_F(MachineLifeTest, WhoEntersItSharesNoMemoryWithBaker) {
  write_pipeline(pipeline() + "[stage.enters]\nuses = \"exec-probe\"\nneeds = [\"machine\"]\n" +
                 "machine = \"" + first() + "\"\ncommand = [\"true\"]\n");
  const std::string log = bench_->path() / "strace.log";
  std::vector<std::string> argv = {"strace", "-f", "-o", log, "-e", "trace=clone,setns"};
  for (const std::string& word :
       bench_->command_line({"up", "p.toml", "--start-with", "direct", "--set", "port=8080"}))
    argv.push_back(word);
  const Outcome seen = run_program(argv, {}, bench_->path());
  write_pipeline(pipeline());

  // A child is born in the machine's PID namespace between two calls of its parent.
  int entered = 0;
  std::set<std::string> choosing;
  for (const std::string& line : split(bench_->read("strace.log"), '\n')) {
    const std::string process = line.substr(0, line.find(' '));
    if (line.find(" setns(") != line.npos && line.find(", CLONE_NEWPID)") != line.npos &&
        choosing.erase(process) == 0)
      choosing.insert(process);
    if (line.find(" clone(") == line.npos || !choosing.contains(process)) continue;
    EXPECT_THAT(line, Not(HasSubstr("CLONE_VM")));
    ++entered;
  }
  EXPECT_GE(entered, 1) << seen.all() << bench_->read("strace.log");
}

TEST_F(MachineLifeTest, BothEndsOfWhatItPrintsAreKeptAndNoMore) {
  const fs::path console = bench_->state() / name() / "consoles" / (first() + ".console");
  const std::string beginning = run_program({"head", "-c", "100", console}).out;
  ASSERT_GT(beginning.size(), 10U);
  run({"sh", "-c",
       "yes 0123456789 | head -c 20000000 > /dev/console; echo the-end > /dev/console"});
  const auto kept = [&] {
    struct stat status;
    return stat(console.c_str(), &status) == 0 ? status.st_blocks * 512 : 0;
  };
  EXPECT_TRUE(soon([&] { return kept() < 2 << 20; })) << kept();
  const Outcome both = run_program({"sh", "-c", "head -c 100 \"$0\"; tail -c 100 \"$0\"", console});
  EXPECT_THAT(both.out, AllOf(StartsWith(beginning), HasSubstr("the-end")));
}

// As on a kernel before 5.14.
TEST_F(MachineLifeTest, IsKilledAlsoWhereACgroupCanNotBe) {
  ASSERT_EQ(kill(std::stoi(init_in(first())), SIGSTOP), 0);
  const std::string cgroup = "/baker/" + first() + "/cgroup.kill";
  std::vector<std::string> argv = {"strace", "-fqq", "-o", bench_->path() / "strace.log"};
  for (const char* hierarchy :
       {"/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/systemd"})
    argv.insert(argv.end(), {"-P", hierarchy + cgroup});
  argv.insert(argv.end(), {"-e", "trace=openat", "-e", "inject=openat:error=ENOENT"});
  for (const std::string& word :
       bench_->command_line({"down", "p.toml", "--start-with", "direct", "--stop-timeout", "1"}))
    argv.push_back(word);
  const Outcome stopped = run_program(argv, {}, bench_->path());
  EXPECT_THAT(stopped.all(), HasSubstr(first() + ": killed"));
  EXPECT_THAT(bench_->read("strace.log"), HasSubstr("INJECTED"));
  EXPECT_THAT(status(), ContainsRegex(first() + " +stopped"));
}

TEST_F(MachineLifeTest, AMachineThatRebootsComesBack) {
  const std::string before = init_in(first());
  EXPECT_EQ(in_first({"reboot"}).exit_status, 0);
  EXPECT_TRUE(soon([&] { return !init_in(first()).empty() && init_in(first()) != before; }));
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run\n"));
}

TEST_F(MachineLifeTest, AMachineThatIsKilledIsToldWithWhenAndHow) {
  kill_all_of(first());
  const std::string told = first() +
                           " +stopped: it has ended by itself \\(20.* UTC: killed by "
                           "signal 9 \\(Killed\\)\\)";
  EXPECT_TRUE(soon([&] { return ::testing::Value(status(), ContainsRegex(told)); })) << status();
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run, 1 started"));
}

TEST_F(MachineLifeTest, AMachineThatWentWithTheHostIsToldSo) {
  kill_all_of(first());
  const fs::path state = bench_->state() / name() / "state";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::years(10);
  fs::last_write_time(state, long_ago);
  EXPECT_TRUE(soon([&] {
    return status().find("the host was started again since") != std::string::npos;
  })) << status();
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run, 1 started"));
}

TEST_F(MachineLifeTest, AMachineRunsOnWithoutItsSupervisorAndIsTakenDownInOrder) {
  const std::string before = init_in(first());
  const std::string number = bench_->read("state/" + name() + "/consoles/" + first() + ".lock");
  ASSERT_EQ(kill(std::stoi(number), SIGKILL), 0);
  EXPECT_EQ(up("8080").exit_status, 0);
  EXPECT_EQ(init_in(first()), before);
  const Outcome stopped = down();
  EXPECT_EQ(stopped.exit_status, 0) << stopped.all();
  EXPECT_THAT(status(), ContainsRegex(first() + " +stopped\n"));
}

TEST_F(MachineLifeTest, AMachineThatPowersOffIsNotTakenForOneThatWasTakenDown) {
  EXPECT_EQ(in_first({"poweroff"}).exit_status, 0);
  const std::string told = first() + " +stopped: it has ended by itself .*UTC: powered off";
  EXPECT_TRUE(soon([&] { return ::testing::Value(status(), ContainsRegex(told)); })) << status();

  down();
  EXPECT_THAT(status(), Not(HasSubstr("by itself")));
}

TEST_F(MachineLifeTest, AMachineThatIsTakenDownWhileItRebootsStaysDown) {
  EXPECT_EQ(in_first({"reboot"}).exit_status, 0);
  const Outcome stopped = down();
  EXPECT_EQ(stopped.exit_status, 0) << stopped.all();
  EXPECT_THAT(status(), ContainsRegex(first() + " +stopped\n"));
}

TEST_F(MachineLifeTest, UpWaitsForAMachineThatReboots) {
  EXPECT_EQ(in_first({"reboot"}).exit_status, 0);
  const Outcome started = up("8080");
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(status(), ContainsRegex(first() + " +running"));
}

TEST_F(MachineLifeTest, AMachineThatSomebodyElseStartedIsToldSo) {
  down();
  const RunningProgram by_hand({"systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                                "--settings=no", "--as-pid2",
                                "--directory=" + (bench_->machines() / first()).string(), "sh",
                                "-c", "echo here; exec sleep 600"});
  ASSERT_TRUE(by_hand.says("here")) << by_hand.said();
  EXPECT_THAT(status(), ContainsRegex(first() + " +running: started by hand"));
}

}  // namespace
}  // namespace baker::testing
