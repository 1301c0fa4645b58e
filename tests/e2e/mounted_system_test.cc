// A whole system in a machine that is mounted: what programs and systemd do with files of the
// layers below works as on a disk.
#include <gmock/gmock.h>

#include "tests/e2e/two_machines.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MountedSystemTest : public TwoMachines {
 protected:
  void SetUp() override {
    TwoMachines::SetUp();
    if (IsSkipped()) return;
    ASSERT_THAT(sh("findmnt -no SOURCE /"), StartsWith("baker:"));
  }
  // What a script prints in the first machine, errors as well.
  static std::string sh(const std::string& script) {
    return in_first({"sh", "-c", "(" + script + ") 2>&1"}).out;
  }
  static constexpr const char* kBeside =
      "[pipeline]\nname = \"beside\"\n[stage.base]\nuses = \"files\"\n"
      "[stage.base.files]\n\"/etc/motd\" = { content = \"hello\" }\n"
      "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"beside\"\n";
};

TEST_F(MountedSystemTest, BootsWithoutAFailedUnit) {
  EXPECT_EQ(sh("systemctl is-system-running --wait"), "running\n") << sh("systemctl --failed");
}

// systemd renames the folder of a layer, which overlayfs alone refuses.
TEST_F(MountedSystemTest, AServiceWithADynamicUserKeepsItsState) {
  EXPECT_EQ(sh("systemd-run --quiet --wait --pipe -p DynamicUser=yes -p StateDirectory=misc "
               "sh -c 'echo kept > /var/lib/misc/word' && cat /var/lib/private/misc/word"),
            "kept\n");
}

TEST_F(MountedSystemTest, AFolderOfALayerCanBeRenamed) {
  EXPECT_EQ(sh("perl -e 'rename(q(/usr/share/doc), q(/usr/share/papers)) or die qq($!\\n)' && "
               "test -d /usr/share/papers/dpkg && test ! -e /usr/share/doc && echo renamed"),
            "renamed\n");
}

TEST_F(MountedSystemTest, AFolderOfALayerBecomesAFileOfAPackage) {
  EXPECT_THAT(sh("mkdir -p /tmp/p/DEBIAN /tmp/p/usr/share && "
                 "echo a file > /tmp/p/usr/share/common-licenses && "
                 "printf 'Package: flat\\nVersion: 1\\nArchitecture: all\\nMaintainer: m <m@x>\\n"
                 "Description: d\\n' > /tmp/p/DEBIAN/control && "
                 "dpkg-deb --build /tmp/p /tmp/p.deb && "
                 "dpkg -i --force-all /tmp/p.deb && cat /usr/share/common-licenses"),
              ::testing::EndsWith("a file\n"));
}

TEST_F(MountedSystemTest, ASetuidProgramOfALayerRunsAsItsOwner) {
  EXPECT_EQ(sh("chmod u+s /usr/bin/id && setpriv --reuid=1000 --regid=1000 --clear-groups id -u"),
            "0\n");
}

TEST_F(MountedSystemTest, AFileOfALayerCanGetAnotherName) {
  EXPECT_EQ(sh("ln /etc/hostname /etc/name && stat -c %h /etc/name"), "2\n");
}

TEST_F(MountedSystemTest, ItsRootIsNobodyOnTheHost) {
  EXPECT_EQ(sh("sleep 300 & stat -c %u /root; awk '{print $1, $3}' /proc/self/uid_map; kill $!"),
            "0\n0 65536\n");
  const std::string owner =
      run_program({"stat", "-c", "%u", bench_->machines() / (name() + "-1")}).out;
  EXPECT_THAT(bench_->read("nspawn/" + name() + "-1.nspawn"),
              HasSubstr("PrivateUsers=" + owner.substr(0, owner.size() - 1) + ":65536"));
}

TEST_F(MountedSystemTest, UnmountedWhileItRunsItRunsOnAndIsMountedOnceItHasStopped) {
  sh("echo word > /var/lib/word");
  const std::string tree = bench_->machines() / (name() + "-1");
  ASSERT_EQ(run_program({"umount", tree}).exit_status, 0);
  const Outcome seen = up("8080");
  EXPECT_THAT(seen.out, HasSubstr("2 machines run\n"));
  EXPECT_THAT(seen.err, HasSubstr("its tree is not mounted at " + tree));
  ASSERT_EQ(down().exit_status, 0);
  ASSERT_EQ(up("8080").exit_status, 0);
  EXPECT_EQ(sh("cat /var/lib/word"), "word\n");
}

TEST_F(MountedSystemTest, AMachineThatRunsHoldsNoneThatIsDestroyed) {
  down();
  bench_->write("beside.toml", kBeside);
  ASSERT_EQ(bench_->baker({"run", "beside.toml"}).exit_status, 0);
  ASSERT_EQ(up("8080").exit_status, 0);
  ASSERT_EQ(bench_->baker({"destroy", "beside.toml"}).exit_status, 0);
  EXPECT_EQ(
      run_program({"sh", "-c", "grep -l machines/beside /proc/[0-9]*/mountinfo 2> /dev/null"}).out,
      "");
}

TEST_F(MountedSystemTest, WhatItWritesIsThereAfterItWasStoppedAndStarted) {
  sh("echo word > /var/lib/word");
  ASSERT_EQ(down().exit_status, 0);
  ASSERT_EQ(up("8080").exit_status, 0);
  EXPECT_EQ(sh("cat /var/lib/word"), "word\n");
}

}  // namespace
}  // namespace baker::testing
