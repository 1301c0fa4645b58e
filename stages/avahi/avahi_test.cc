#include <gmock/gmock.h>

#include "tests/support/booted_machine.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The stage stands on a root that only looks as if the packages were there.
class AvahiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  Outcome bake(const std::string& options = "", const std::string& packages = kBoth) {
    bench_.write("pipeline.toml", R"(
      [pipeline]
      name = "avahi-test"
      [stage.base]
      uses = "files"
      [stage.base.files]
      "/etc/nsswitch.conf" = { content = "passwd: files\nhosts: files dns\nshadow: files\n" }
      )" + packages + R"(
      [stage.it]
      uses = "avahi"
      from = "base"
      )" + options);
    return bench_.baker({"run", "pipeline.toml"});
  }
  std::string content(const std::string& path) {
    return run_program({"cat", bench_.layer_of("pipeline.toml", "it") / path}).out;
  }

  static constexpr const char* kBoth = R"(
      "/usr/sbin/avahi-daemon" = { content = "" }
      "/usr/lib/x86_64-linux-gnu/libnss_mdns.so.2" = { content = "" }
      "/usr/lib/x86_64-linux-gnu/libnss_mdns4.so.2" = { content = "" }
      )";
  Workbench bench_;
};

TEST_F(AvahiTest, AsksMdnsForNamesOfTheDomainAndNeverDns) {
  const Outcome baked = bake();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("etc/nsswitch.conf"),
            "passwd: files\nshadow: files\nhosts:          files mdns4 [NOTFOUND=return] dns\n");
  EXPECT_EQ(content("etc/mdns.allow"), ".local.\n.local\n");
}

TEST_F(AvahiTest, KeepsToTheInterfacesAndTheDomainThatAreGiven) {
  const Outcome baked =
      bake("interfaces = [\"host0\", \"lan1\"]\ndomain = \"cluster.lan\"\nipv6 = true\n");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(
      content("etc/avahi/avahi-daemon.conf"),
      AllOf(HasSubstr("allow-interfaces=host0,lan1\n"), HasSubstr("domain-name=cluster.lan\n"),
            HasSubstr("use-ipv6=yes\n"), Not(HasSubstr("deny-interfaces"))));
  EXPECT_THAT(content("etc/nsswitch.conf"), HasSubstr("files mdns [NOTFOUND=return] dns\n"));
  EXPECT_EQ(content("etc/mdns.allow"), ".cluster.lan.\n.cluster.lan\n");
}

TEST_F(AvahiTest, NamesThePackagesThatTheRootLacks) {
  const Outcome baked = bake("", "");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(),
              HasSubstr("the root lacks \"avahi-daemon\" and \"libnss-mdns\": add "
                        "`packages = [\"avahi-daemon\", \"libnss-mdns\"]` to an apt stage"));
}

TEST_F(AvahiTest, MakesAMachineThatFindsItselfByName) {
  bench_.write("pipeline.toml", R"(
    [pipeline]
    name = "avahi-test"
    [stage.debian]
    uses = "rootfs"
    sources = [{ tar = ")" + debian_tarball().string() +
                                    R"(" }]
    [stage.base]
    uses = "apt"
    from = "debian"
    packages = ["systemd-sysv", "dbus", "avahi-daemon", "libnss-mdns"]
    [stage.names]
    uses = "avahi"
    from = "base"
    [stage.network]
    uses = "files"
    from = "names"
    symlinks = { "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service" = "/lib/systemd/system/systemd-networkd.service" }
    [stage.network.files]
    "/etc/systemd/network/10-host0.network" = { content = "[Match]\nName=host0\n[Network]\nAddress=10.99.0.2/24\n" }
    [stage.machine]
    uses = "snapshot"
    from = "network"
    machine = "names-test"
  )");
  const Outcome baked = bench_.baker({"run", "pipeline.toml"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();

  const BootedMachine machine(bench_.machines() / "names-test",
                              {"--network-veth-extra=vb-names:host0"});
  // Nobody joins the host's end to anything here; without a carrier avahi announces nothing.
  ASSERT_EQ(run_program({"ip", "link", "set", "vb-names", "up"}).exit_status, 0);
  const Outcome found = machine.run_until_done({"getent", "hosts", "names-test.local"}, 30);
  EXPECT_THAT(found.out, HasSubstr("10.99.0.2")) << machine.console();
  // 2 says that there is no such name; 124 would say that somebody is still being asked.
  EXPECT_EQ(machine.run({"timeout", "8", "getent", "hosts", "nobody.example.org"}).exit_status, 2);
}

}  // namespace
}  // namespace baker::testing
