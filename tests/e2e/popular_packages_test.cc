// Packages that people put into machines: they bake, the machine boots, and what they bring runs.
// Prints the table of docs/packages.md.
#include <gmock/gmock.h>

#include <cstdio>
#include <memory>
#include <regex>
#include <vector>

#include "tests/e2e/private_network.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

struct Package {
  const char* name;
  const char* unit;  // that runs once the machine has booted
};
constexpr Package kPackages[] = {{"openssh-server", "ssh"},
                                 {"postgresql", "postgresql"},
                                 {"nginx", "nginx"},
                                 {"docker.io", "docker"},
                                 {"mariadb-server", "mariadb"},
                                 {"redis", "redis-server"},
                                 {"rsyslog", "rsyslog"},
                                 {"cron", "cron"},
                                 {"chrony", "chrony"},
                                 {"python3-pip", "dbus"},
                                 {"slapd", "slapd"},
                                 {"dnsmasq", "dnsmasq"}};

// What does not run, for reasons that lie in the distribution, and in the docs.
std::string reason_not_to_run(const std::string& release, const std::string& package) {
  if (release == "jammy" && package == "dnsmasq") return "failed";  // resolved has its port
  if (release == "bookworm" && package == "chrony")
    return "inactive";  // a machine can't set clocks
  return "";
}

class PopularPackagesNightly : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "machines need root";
    describe();
    must({"run", "p.toml"});  // from the network of the host
    network_ = std::make_unique<PrivateNetwork>();
    must({"up", "p.toml", "--start-with", "direct"});
  }
  void TearDown() override {
    bench_.baker({"down", "p.toml", "--start-with", "direct", "--stop-timeout", "1"});
    bench_.baker({"destroy", "p.toml"});
  }
  void must(const std::vector<std::string>& arguments) const {
    const Outcome outcome = bench_.baker(arguments);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }
  static std::string machine_with(const std::string& package) {
    return "pop" + process_tag() + "-" + std::regex_replace(package, std::regex("\\."), "-");
  }
  void describe() const {
    std::string text =
        "[pipeline]\nname = \"popular\"\n[stage.os]\nuses = \"rootfs\"\n"
        "sources = [{ mmdebstrap = \"" +
        std::string(GetParam()) +
        "\" }]\n[stage.system]\nuses = \"apt\"\nfrom = \"os\"\n"
        "packages = [\"systemd\", \"systemd-sysv\", \"dbus\"]\n";
    for (const Package& package : kPackages) {
      const std::string name = package.name, machine = machine_with(name);
      text += "[stage.p-" + machine + "]\nuses = \"apt\"\nfrom = \"system\"\npackages = [\"" +
              name + "\"]\n[stage.m-" + machine + "]\nuses = \"snapshot\"\nfrom = \"p-" + machine +
              "\"\nmachine = \"" + machine + "\"\n";
    }
    bench_.write("p.toml", text);
  }
  std::string in(const std::string& package, const std::string& script) const {
    const std::string out = bench_
                                .baker({"exec", "--machines-dir", bench_.machines(), "--start-with",
                                        "direct", machine_with(package), "--", "sh", "-c", script})
                                .out;
    return out.substr(0, out.find_first_of("\r\n"));
  }

  const Workbench bench_;
  std::unique_ptr<PrivateNetwork> network_;
};

TEST_P(PopularPackagesNightly, BakeBootAndRun) {
  const std::string release = GetParam();
  std::printf("| %s | machine | unit | failed |\n|---|---|---|---|\n", release.c_str());
  for (const Package& package : kPackages) {
    const std::string expected = reason_not_to_run(release, package.name);
    const std::string system = in(package.name, "systemctl is-system-running --wait");
    const std::string unit = in(package.name, std::string("systemctl is-active ") + package.unit);
    const std::string failed =
        in(package.name, "systemctl --failed --plain --no-legend | cut -d ' ' -f 1 | xargs");
    std::printf("| %s | %s | %s | %s |\n", package.name, system.c_str(), unit.c_str(),
                failed.c_str());
    EXPECT_EQ(unit, expected.empty() ? "active" : expected) << package.name;
    EXPECT_EQ(failed, expected == "failed" ? std::string(package.unit) + ".service" : "")
        << package.name;
  }
}

INSTANTIATE_TEST_SUITE_P(, PopularPackagesNightly, ::testing::Values("jammy", "bookworm"));

}  // namespace
}  // namespace baker::testing
