// Machines of any pipeline are replaced one by one, also where what their probes ask for changes
// with them.
#include <gmock/gmock.h>

#include <memory>

#include "tests/e2e/private_network.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// Two machines that answer on a port; baked once for all tests.
class RollTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    const std::string root = bootable_debian();  // made once, from the network of the host
    network_ = std::make_unique<PrivateNetwork>();
    bench_ = std::make_unique<Workbench>();
    const Outcome packed =
        run_program({"tar", "-C", root, "-cf", tarball(), "--exclude=./dev/*", "."});
    ASSERT_EQ(packed.exit_status, 0) << packed.all();
    bench_->write("p.toml", pipeline());
  }
  static void TearDownTestSuite() {
    if (!bench_) return;
    bench_->baker({"down", "p.toml", "--start-with", "direct", "--stop-timeout", "1"});
    bench_->baker({"destroy", "p.toml"});
    bench_.reset();
    network_.reset();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "machines need root";
    const Outcome started = up("8080");
    ASSERT_EQ(started.exit_status, 0) << started.all();
  }

  static Outcome up(const std::string& port, std::vector<std::string> options = {}) {
    options.insert(options.begin(),
                   {"up", "p.toml", "--start-with", "direct", "--set", "port=" + port});
    return bench_->baker(options);
  }
  // In the first machine.
  static void run(const std::vector<std::string>& command) {
    std::vector<std::string> arguments = {
        "exec", "--machines-dir", bench_->machines(), "--start-with", "direct", name() + "-1",
        "--"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const Outcome outcome = bench_->baker(arguments);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }

  static std::string tarball() { return bench_->path() / "debian.tar"; }
  static std::string name() { return "roll" + process_tag(); }
  static std::string pipeline() {
    return "[pipeline]\nname = \"" + name() + "\"\n[params]\nport = 0\n" +
           "[stage.debian]\nuses = \"rootfs\"\nsources = [{ tar = \"" + tarball() + "\" }]\n" +
           R"([stage.service]
uses = "files"
from = "debian"
[stage.service.files]
"/etc/systemd/system/greet.socket" = { content = """
[Socket]
ListenStream=${port}
Accept=yes
[Install]
WantedBy=sockets.target
""" }
"/etc/systemd/system/greet@.service" = { content = """
[Service]
ExecStart=/bin/echo hello
StandardOutput=socket
""" }
[stage.enabled]
uses = "script"
from = "service"
run = "systemctl --root=/ enable systemd-networkd.service greet.socket"
[stage.network]
uses = "network"
bridge = "rolling"
address = "10.98.0.1/24"
owner = "${pipeline}"
[stage.machine]
for-each = "1..2"
uses = "snapshot"
from = "enabled"
machine = "${pipeline}-${each}"
bridge = "rolling"
address = "10.98.0.1${each}/24"
[stage.answers]
uses = "tcp-probe"
needs = ["machine"]
addresses = ["10.98.0.11:${port}", "10.98.0.12:${port}"]
deadline = 15
)";
  }

 private:
  inline static std::unique_ptr<Workbench> bench_;
  inline static std::unique_ptr<PrivateNetwork> network_;
};

TEST_F(RollTest, ChangesThePortOfOneMachineAfterTheOther) {
  const Outcome rolled = up("8081");
  EXPECT_EQ(rolled.exit_status, 0) << rolled.all();
  EXPECT_THAT(rolled.out, AllOf(HasSubstr("2 machines run, 2 replaced"),
                                ContainsRegex("10.98.0.11:8081 \\(.*\\) or 10.98.0.11:8080")));
}

TEST_F(RollTest, LeavesASystemAloneThatDoesNotServeUnlessItIsTold) {
  run({"systemctl", "stop", "greet.socket"});
  const Outcome refused = up("8081");
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(ContainsRegex("before the first machine is replaced \\(none was; `[^`]* up "
                                  "[^`]* --parallel` asks only when all are\\)"),
                    HasSubstr("10.98.0.11:8080")));
  EXPECT_THAT(refused.out, Not(HasSubstr("-2: started")));

  const Outcome told = up("8081", {"--parallel"});
  EXPECT_EQ(told.exit_status, 0) << told.all();
  EXPECT_THAT(told.out, HasSubstr("2 machines run, 2 replaced"));
}

}  // namespace
}  // namespace baker::testing
