// What stands in the way of machines, with machines as small as they can be: a Debian, or none.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/e2e/private_network.h"
#include "tests/support/running_program.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ClusterObstaclesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "machines need root";
  }
  void TearDown() override { baker("down", {"--stop-timeout", "1"}); }

  void describe(const std::string& stages) {
    bench_->write("p.toml", "[pipeline]\nname = \"" + name() + "\"\n" + stages);
  }
  Outcome baker(const std::string& command, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {command, "p.toml"});
    if (command != "destroy") options.insert(options.end(), {"--start-with", "direct"});
    return bench_->baker(options);
  }
  static std::string name() { return "ob" + process_tag(); }

  static std::string bridge(const std::string& address) {
    return "[stage.network]\nuses = \"network\"\nbridge = \"br0\"\nowner = \"${pipeline}\"\n"
           "address = \"" +
           address + "\"\n";
  }
  static void ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    const Outcome outcome = run_program(arguments);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }
  static std::string links() { return run_program({"ip", "-details", "address", "show"}).out; }

  // Another folder than the one of the test alone.
  void use(const Workbench& bench) { bench_ = &bench; }

 private:
  const Workbench own_;
  const Workbench* bench_ = &own_;
};

TEST_F(ClusterObstaclesTest, ABridgeOfSomebodyElseIsLeftAlone) {
  const PrivateNetwork network;
  ip({"link", "add", "br0", "type", "bridge"});
  const std::string before = links();
  describe(bridge("10.88.0.1/24"));
  const Outcome refused = baker("up");
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("the host has a bridge \"br0\" already, which baker did not "
                                     "make: choose another name for `bridge`"));
  baker("destroy");
  EXPECT_EQ(links(), before);
}

TEST_F(ClusterObstaclesTest, AnAddressThatTheHostHasAlreadyIsTold) {
  const PrivateNetwork network;
  ip({"link", "add", "lan", "type", "bridge"});
  ip({"address", "add", "10.88.0.7/16", "dev", "lan"});
  describe(bridge("10.88.0.1/24"));
  const Outcome refused = baker("up");
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("address 10.88.0.1/24 of bridge \"br0\" is in a subnet that "
                                     "the host has already: interface \"lan\" has 10.88.0.7/16"));
  EXPECT_THAT(links(), Not(HasSubstr("br0")));
}

// A Debian with a service that never stops by itself, baked once.
class StubbornMachineTest : public ClusterObstaclesTest {
 protected:
  static void TearDownTestSuite() { debian_.reset(); }
  void SetUp() override {
    ClusterObstaclesTest::SetUp();
    if (IsSkipped()) return;
    if (!debian_) debian_ = std::make_unique<Workbench>();
    use(*debian_);
    describe(machine("one"));
  }

  static std::string tarball() {
    const fs::path tarball = debian_->path() / "debian.tar";
    if (fs::exists(tarball)) return tarball;
    pack_bootable_debian(tarball);
    return tarball;
  }
  static std::string machine(const std::string& motd) {
    return "[stage.debian]\nuses = \"rootfs\"\nsources = [{ tar = \"" + tarball() + "\" }]\n" +
           R"([stage.stubborn]
uses = "files"
from = "debian"
symlinks = { "/etc/systemd/system/multi-user.target.wants/stubborn.service" = "../stubborn.service" }
[stage.stubborn.files]
"/etc/motd" = { content = ")" +
           motd + R"(" }
"/etc/systemd/system/stubborn.service" = { content = """
[Service]
Type=exec
ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'
TimeoutStopSec=infinity
""" }
[stage.machine]
uses = "snapshot"
from = "stubborn"
machine = "${pipeline}"
[stage.runs]
uses = "unit-probe"
needs = ["machine"]
unit = "stubborn.service"
machines = ["${pipeline}"]
)";
  }
  static bool has_cgroup() {
    return fs::exists("/sys/fs/cgroup/unified/baker/" + name()) ||
           fs::exists("/sys/fs/cgroup/baker/" + name());
  }
  static std::string console() {
    const fs::path file = debian_->state() / name() / "consoles" / (name() + ".console");
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  inline static std::unique_ptr<Workbench> debian_;
};

TEST_F(StubbornMachineTest, IsKilledWhereItHangsAndThatIsTold) {
  const Outcome started = baker("up");
  ASSERT_EQ(started.exit_status, 0) << started.all();

  // Where it is replaced, that is a warning: the new one runs.
  describe(machine("two"));
  const Outcome replaced = baker("up", {"--stop-timeout", "1"});
  EXPECT_EQ(replaced.exit_status, 0) << replaced.all();
  EXPECT_THAT(replaced.all(), AllOf(HasSubstr(name() + " did not power off within 1 seconds and "
                                                       "was killed"),
                                    HasSubstr("1 replaced")));

  const Outcome stopped = baker("down", {"--stop-timeout", "1"});
  EXPECT_EQ(stopped.exit_status, 1);
  EXPECT_THAT(stopped.all(),
              AllOf(HasSubstr(name() + ": killed"),
                    HasSubstr("not stopped cleanly, but killed after 1 seconds: " + name())));
  EXPECT_FALSE(has_cgroup());
}

TEST_F(StubbornMachineTest, IsStartedOnceTheKernelHasTakenItsOldInterfaceAway) {
  const PrivateNetwork network;
  ip({"link", "add", "ve-" + name(), "type", "bridge"});
  const RunningProgram starting(debian_->command_line({"up", "p.toml", "--start-with", "direct"}),
                                debian_->path());
  while (console().find("File exists") == std::string::npos) {
    ASSERT_TRUE(starting.runs()) << starting.said();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ip({"link", "delete", "ve-" + name()});
  EXPECT_TRUE(starting.says("1 machine runs, 1 started")) << starting.said();
}

}  // namespace
}  // namespace baker::testing
