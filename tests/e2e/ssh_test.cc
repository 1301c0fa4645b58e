// Machines that one logs in to: each has host keys of its own, and keeps them for as long as they
// lie outside its tree.
#include <gmock/gmock.h>

#include <memory>

#include "tests/e2e/private_network.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SshTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    bench_ = std::make_unique<Workbench>();
    pack_bootable_debian(bench_->path() / "debian.tar");
    must({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", bench_->path() / "key"});
    describe("one");
    must_bake({"run", "p.toml"});  // from the network of the host
    network_ = std::make_unique<PrivateNetwork>();
    must_bake({"up", "p.toml", "--start-with", "direct"});
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
  }

  static void must(const std::vector<std::string>& command) {
    const Outcome outcome = run_program(command);
    if (outcome.exit_status != 0) throw std::runtime_error(command[0] + ": " + outcome.all());
  }
  static void must_bake(const std::vector<std::string>& arguments) {
    const Outcome outcome = bench_->baker(arguments);
    if (outcome.exit_status != 0) throw std::runtime_error(outcome.all());
  }
  static void describe(const std::string& hostname) {
    const std::string key = bench_->read("key.pub");
    bench_->write("p.toml", "[pipeline]\nname = \"ssh" + process_tag() +
                                "\"\n[stage.debian]\nuses = \"rootfs\"\n"
                                "sources = [{ tar = \"debian.tar\" }]\n"
                                "[stage.ssh]\nuses = \"apt\"\nfrom = \"debian\"\n"
                                "packages = [\"openssh-server\"]\n"
                                "[stage.users]\nuses = \"user\"\nfrom = \"ssh\"\n"
                                "users = { root = { authorized-keys = [\"" +
                                key.substr(0, key.find('\n')) +
                                "\"] } }\n[stage.enabled]\nuses = \"script\"\nfrom = \"users\"\n"
                                "run = \"systemctl --root=/ enable systemd-networkd.service\"\n"
                                "[stage.network]\nuses = \"network\"\nbridge = \"sshing\"\n"
                                "address = \"10.97.0.1/24\"\nowner = \"${pipeline}\"\n"
                                "[stage.machine]\nfor-each = \"1..2\"\nuses = \"snapshot\"\n"
                                "from = \"enabled\"\nmachine = \"${pipeline}-${each}\"\n"
                                "hostname = \"" +
                                hostname +
                                "-${each}\"\nbridge = \"sshing\"\n"
                                "address = \"10.97.0.1${each}/24\"\n"
                                "bind = { \"/etc/ssh/host-keys\" = \"" +
                                (bench_->path() / "keys").string() +
                                "/${each}\" }\n"
                                "[stage.answers]\nuses = \"tcp-probe\"\nneeds = [\"machine\"]\n"
                                "addresses = [\"10.97.0.11:22\", \"10.97.0.12:22\"]\n"
                                "deadline = 60\n");
  }
  // On the machine with this number.
  static std::string ssh(const std::string& machine, const std::string& command) {
    return run_program({"ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
                        "-o", "UserKnownHostsFile=" + (bench_->path() / "known").string(), "-i",
                        bench_->path() / "key", "root@10.97.0.1" + machine, command})
        .all();
  }
  static std::string host_key(const std::string& machine) {
    const std::string line =
        run_program({"ssh-keyscan", "-t", "ed25519", "10.97.0.1" + machine}).out;
    return line.substr(line.find(' ') + 1);
  }

  inline static std::unique_ptr<Workbench> bench_;

 private:
  inline static std::unique_ptr<PrivateNetwork> network_;
};

TEST_F(SshTest, LetsInWhoHasTheKey) {
  EXPECT_THAT(ssh("1", "hostname"), HasSubstr("one-1\n"));
  EXPECT_THAT(ssh("2", "hostname"), HasSubstr("one-2\n"));
}

TEST_F(SshTest, EachMachineHasHostKeysOfItsOwn) {
  EXPECT_THAT(host_key("1"), StartsWith("ssh-ed25519 "));
  EXPECT_NE(host_key("1"), host_key("2"));
}

TEST_F(SshTest, NoLayerHoldsAHostKey) {
  EXPECT_EQ(run_program({"find", bench_->cache() / "layers", "-name", "ssh_host_*"}).out, "");
}

// A client that knows the machine would refuse another key.
TEST_F(SshTest, AReplacedMachineKeepsTheKeysThatLieOutsideIt) {
  ssh("1", "true");
  describe("two");
  must_bake({"up", "p.toml", "--start-with", "direct"});
  EXPECT_EQ(ssh("1", "hostname"), "two-1\n");
  describe("one");
  must_bake({"up", "p.toml", "--start-with", "direct"});
}

}  // namespace
}  // namespace baker::testing
