// `baker doctor` on hosts that lack something: what follows from it is told, and what to do.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/e2e/tiny_root.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class DoctorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "most of the host is seen by root alone";
  }
  // On a host on which the command was run before.
  Outcome after(const std::string& command, const std::vector<std::string>& words) const {
    return run_program(after_in_its_namespace(command, words), {}, bench_.path());
  }
  Outcome doctor_after(const std::string& command) const {
    return after(command, {BAKER_PROGRAM, "doctor", "--cache-dir", bench_.cache(), "--machines-dir",
                           bench_.machines()});
  }

  const Workbench bench_;
};

TEST_F(DoctorTest, FindsThatThisHostCanBake) {
  const Outcome found = doctor_after("true");
  EXPECT_EQ(found.exit_status, 0) << found.all();
  EXPECT_THAT(found.out, AllOf(ContainsRegex("ok +layers"), HasSubstr("this host can bake")));
}

TEST_F(DoctorTest, TellsProgramsToo) {
  const Outcome found =
      run_program({BAKER_PROGRAM, "doctor", "--json", "--cache-dir", bench_.cache()});
  const auto findings = nlohmann::json::parse(found.out);
  const auto bwrap = std::ranges::find_if(
      findings, [](const auto& finding) { return finding.at("topic") == "bwrap"; });
  ASSERT_NE(bwrap, findings.end());
  EXPECT_EQ(bwrap->at("health"), "ok");
  EXPECT_GT(findings.size(), 10U);
}

TEST_F(DoctorTest, NamesThePackageOfAProgramThatIsMissing) {
  const Outcome found = doctor_after("mount --bind /dev/null /usr/bin/bwrap");
  EXPECT_EQ(found.exit_status, 1);
  EXPECT_THAT(found.out, AllOf(ContainsRegex("lacking +bwrap"),
                               HasSubstr("remedy: apt-get install bubblewrap"),
                               HasSubstr("this host can't bake as it is")));
}

TEST_F(DoctorTest, NamesAVolumeWhereTheCacheIsOnTheFileSystemOfAContainer) {
  const std::string cache = bench_.cache();
  const Outcome found = doctor_after("mkdir -p " + cache +
                                     " lower upper work && mount -t overlay -o "
                                     "lowerdir=lower,upperdir=upper,workdir=work overlay " +
                                     cache);
  EXPECT_EQ(found.exit_status, 1);
  EXPECT_THAT(found.out,
              AllOf(ContainsRegex("lacking +layers"), HasSubstr("-v baker-cache:" + cache)));
}

TEST_F(DoctorTest, SaysThatAHostWithoutAMachineIdStartsNoMachine) {
  const Outcome found = doctor_after("mount --bind /dev/null /etc/machine-id");
  EXPECT_EQ(found.exit_status, 0);
  EXPECT_THAT(found.out, AllOf(ContainsRegex("limited +machine id"),
                               HasSubstr("remedy: systemd-machine-id-setup")));
}

TEST_F(DoctorTest, WhatItWouldSayIsSaidByUpBeforeAnythingIsBaked) {
  bench_.write("p.toml", "[pipeline]\nname = \"doctor\"\n" + tiny_root("base") +
                             "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n");
  const Outcome refused = after("mount --bind /dev/null /etc/machine-id",
                                bench_.command_line({"up", "p.toml", "--start-with", "direct"}));
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("systemd-machine-id-setup"));
  EXPECT_THAT(refused.out, Not(HasSubstr("baked")));
}

}  // namespace
}  // namespace baker::testing
