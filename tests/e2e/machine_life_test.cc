// A machine that reboots, ends or is ended by hand, on a host without systemd: it comes back, or it
// is told what became of it, and `up` brings it right.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "tests/e2e/two_machines.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class MachineLifeTest : public TwoMachines {
 protected:
  static bool comes_true(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  static std::string cgroup() {
    const std::string hybrid = "/sys/fs/cgroup/unified";
    return (std::filesystem::exists(hybrid) ? hybrid : "/sys/fs/cgroup") + "/baker/" + name() +
           "-1";
  }
  // Another one after a restart.
  static std::string init() {
    std::string pid;
    std::ifstream(cgroup() + "/payload/init.scope/cgroup.procs") >> pid;
    return pid;
  }
  static std::string first() { return name() + "-1"; }
  static std::string read_text(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

TEST_F(MachineLifeTest, AMachineThatRebootsComesBack) {
  const std::string before = init();
  EXPECT_EQ(in_first({"reboot"}).exit_status, 0);
  EXPECT_TRUE(comes_true([&] { return !init().empty() && init() != before; }));
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run\n"));
}

TEST_F(MachineLifeTest, AMachineThatIsKilledIsToldWithWhenAndHow) {
  std::ofstream(cgroup() + "/cgroup.kill") << "1";
  const std::string told = first() +
                           " +stopped: it has ended by itself \\(20.* UTC: killed by "
                           "signal 9 \\(Killed\\)\\)";
  EXPECT_TRUE(comes_true([&] { return ::testing::Value(status(), ContainsRegex(told)); }))
      << status();
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run, 1 started"));
}

TEST_F(MachineLifeTest, AMachineThatWentWithTheHostIsToldSo) {
  std::ofstream(cgroup() + "/cgroup.kill") << "1";
  const fs::path state = bench_->state() / name() / "state";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::years(10);
  fs::last_write_time(state, long_ago);
  EXPECT_TRUE(comes_true([&] {
    return status().find("the host was started again since") != std::string::npos;
  })) << status();
  EXPECT_THAT(up("8080").out, HasSubstr("2 machines run, 1 started"));
}

TEST_F(MachineLifeTest, AMachineRunsOnWithoutItsSupervisorAndIsTakenDownInOrder) {
  const std::string before = init();
  const fs::path number = bench_->state() / name() / "consoles" / (first() + ".lock");
  ASSERT_EQ(kill(std::stoi(read_text(number)), SIGKILL), 0);
  EXPECT_EQ(up("8080").exit_status, 0);
  EXPECT_EQ(init(), before);
  const Outcome stopped = down();
  EXPECT_EQ(stopped.exit_status, 0) << stopped.all();
  EXPECT_THAT(status(), ContainsRegex(first() + " +stopped\n"));
}

TEST_F(MachineLifeTest, AMachineThatPowersOffIsNotTakenForOneThatWasTakenDown) {
  EXPECT_EQ(in_first({"poweroff"}).exit_status, 0);
  const std::string told = first() + " +stopped: it has ended by itself .*UTC: powered off";
  EXPECT_TRUE(comes_true([&] { return ::testing::Value(status(), ContainsRegex(told)); }))
      << status();

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

}  // namespace
}  // namespace baker::testing
