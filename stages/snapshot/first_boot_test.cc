// Keys and names that only one machine may have: its own, or those that a stage put there.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FirstBootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  // A machine of a root with these files.
  void place(const std::string& files) const {
    bench_.write("p.toml",
                 "[pipeline]\nname = \"first-boot\"\n[stage.base]\nuses = \"files\"\n"
                 "[stage.base.files]\n\"/etc/os-release\" = { content = \"\" }\n" +
                     files + "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n");
    const Outcome placed = bench_.baker({"run", "p.toml"});
    ASSERT_EQ(placed.exit_status, 0) << placed.all();
  }
  bool has(const std::string& path) const {
    return std::filesystem::exists(bench_.machines() / "m" / path);
  }
  std::string script() const { return bench_.read("machines/m/usr/local/lib/baker/first-boot"); }

  const Workbench bench_;
  const std::string unit_ = "etc/systemd/system/basic.target.wants/baker-first-boot.service";
};

TEST_F(FirstBootTest, AMachineThatLacksNothingHasNoSuchUnit) {
  place("");
  EXPECT_FALSE(has(unit_));
}

TEST_F(FirstBootTest, AMachineWithAnSshServerAndNoKeysMakesThem) {
  place("\"/usr/sbin/sshd\" = { content = \"\", mode = \"0755\" }\n");
  EXPECT_TRUE(has(unit_));
  EXPECT_THAT(script(), HasSubstr("ssh-keygen -A"));
}

TEST_F(FirstBootTest, KeysThatAStagePutThereStay) {
  place(
      "\"/usr/sbin/sshd\" = { content = \"\", mode = \"0755\" }\n"
      "\"/etc/ssh/ssh_host_ed25519_key\" = { content = \"mine\", mode = \"0600\" }\n");
  EXPECT_EQ(bench_.read("machines/m/etc/ssh/ssh_host_ed25519_key"), "mine");
  EXPECT_FALSE(has(unit_));
}

TEST_F(FirstBootTest, ADistributionThatMakesKeysItselfIsLeftToIt) {
  place(
      "\"/usr/sbin/sshd\" = { content = \"\", mode = \"0755\" }\n"
      "\"/usr/lib/systemd/system/sshd-keygen@.service\" = { content = \"\" }\n");
  EXPECT_FALSE(has(unit_));
}

TEST_F(FirstBootTest, ACertificateIsMadeWhereThePackageLacksIt) {
  place("\"/usr/sbin/make-ssl-cert\" = { content = \"\", mode = \"0755\" }\n");
  EXPECT_THAT(script(), HasSubstr("make-ssl-cert generate-default-snakeoil"));
  EXPECT_THAT(script(), Not(HasSubstr("ssh-keygen")));
}

}  // namespace
}  // namespace baker::testing
