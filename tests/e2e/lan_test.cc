// A machine on a network that the host has already, with a DHCP server on it.
#include <gmock/gmock.h>

#include <memory>

#include "tests/e2e/private_network.h"
#include "tests/support/running_program.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

class LanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "machines need root";
    bootable_debian();  // made once, from the network of the host
    network_ = std::make_unique<PrivateNetwork>();
    ip({"link", "add", "lan", "type", "bridge", "stp_state", "0", "forward_delay", "0"});
    ip({"address", "add", "10.99.0.1/24", "dev", "lan"});
    ip({"link", "set", "lan", "up"});
    pack_bootable_debian(tarball());
    bench_.write("p.toml", pipeline());
    // Answers nothing but DHCP.
    dhcp_ = std::make_unique<RunningProgram>(std::vector<std::string>{
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=lan",
        "--bind-interfaces", "--dhcp-authoritative", "--dhcp-range=10.99.0.50,10.99.0.99,1h",
        "--leasefile-ro", "--user=root", "--pid-file="});
  }
  void TearDown() override {
    if (!is_root()) return;
    baker("down", {"--stop-timeout", "1"});
    bench_.baker({"destroy", "p.toml"});
  }

  std::string tarball() const { return bench_.path() / "debian.tar"; }
  static std::string name() { return "lan" + process_tag(); }
  std::string pipeline() const {
    return "[pipeline]\nname = \"" + name() + "\"\n" +
           "[stage.debian]\nuses = \"rootfs\"\nsources = [{ tar = \"" + tarball() + "\" }]\n" +
           R"([stage.networkd]
uses = "script"
from = "debian"
run = "systemctl --root=/ enable systemd-networkd.service"
[stage.network]
uses = "network"
bridge = "lan"
mode = "existing"
owner = "${pipeline}"
[stage.machine]
uses = "snapshot"
from = "networkd"
machine = "${pipeline}"
bridge = "lan"
[stage.has-address]
uses = "exec-probe"
needs = ["machine"]
machine = "${pipeline}"
command = ["sh", "-c", "networkctl status host0 | grep 'Address: 10.99.0.'"]
)";
  }
  Outcome baker(const std::string& command, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {command, "p.toml", "--start-with", "direct"});
    return bench_.baker(options);
  }
  static std::string addresses_of_lan() {
    return run_program({"ip", "-4", "-oneline", "address", "show", "dev", "lan"}).out;
  }
  static void ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    const Outcome outcome = run_program(arguments);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }

  const Workbench bench_;

 private:
  std::unique_ptr<PrivateNetwork> network_;
  std::unique_ptr<RunningProgram> dhcp_;
};

TEST_F(LanTest, GetsItsAddressFromTheLanWhichStaysAsItIs) {
  const std::string before = addresses_of_lan();
  const Outcome started = baker("up");
  ASSERT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(baker("status").out, HasSubstr("running, 10.99.0."));

  EXPECT_EQ(baker("down").exit_status, 0);
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_EQ(addresses_of_lan(), before);
}

}  // namespace
}  // namespace baker::testing
