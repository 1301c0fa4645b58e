// A whole system in a machine that is mounted: what programs and systemd do with files of the
// layers below works as on a disk.
#include <gmock/gmock.h>

#include "tests/e2e/two_machines.h"

namespace baker::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MountedSystemTest : public TwoMachines {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    const Workbench packages;
    // Of the very versions that the root has; from the network of the host.
    const Outcome downloaded =
        run_program({"apt-get", "download", "perl-base", "grep"}, {}, packages.path());
    ASSERT_EQ(downloaded.exit_status, 0) << downloaded.all();
    TwoMachines::SetUpTestSuite();
    add_special_files();
    on_host("mkdir opt/debs; cp " + packages.path().string() + "/*.deb opt/debs/");
    pack("opt/debs");
  }
  void SetUp() override {
    TwoMachines::SetUp();
    if (IsSkipped()) return;
    ASSERT_THAT(sh("findmnt -no SOURCE /"), StartsWith("baker:"));
  }
  // What a script prints in the first machine, errors as well.
  static std::string sh(const std::string& script) {
    return in_first({"sh", "-c", "(" + script + ") 2>&1"}).out;
  }
  static void on_host(const std::string& script) {
    const Outcome outcome = run_program({"sh", "-e", "-c", script}, {}, bench_->path() / "special");
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }
  // What a copy by cp -a or tar keeps, and an overlay has to.
  static void add_special_files() {
    std::filesystem::create_directories(bench_->path() / "special/opt");
    on_host(
        "cd opt; cp /usr/bin/id setuid; chmod u+s setuid; cp /usr/bin/cat capable; "
        "setcap cap_dac_read_search+ep capable; mkfifo fifo; mknod null c 1 3; "
        "echo one > linked; ln linked other; echo for seven > listed; chmod 600 listed; "
        "setfacl -m u:1007:r listed");
    pack("opt");
  }
  static void pack(const std::string& folder) {
    on_host(
        "tar --create --format=posix --xattrs --xattrs-include='*' --acls --owner=0 --group=0 "
        "--file ../more.tar ./" +
        folder + " && tar --concatenate --file " + tarball() + " ../more.tar");
  }
  inline static const std::string kAsSomebody = "setpriv --reuid=1000 --regid=1000 --clear-groups ";
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
              EndsWith("a file\n"));
}

TEST_F(MountedSystemTest, ASetuidProgramOfALayerRunsAsItsOwner) {
  EXPECT_EQ(sh(kAsSomebody + "/opt/setuid -u"), "0\n");
}

TEST_F(MountedSystemTest, AFileOfALayerKeepsItsCapabilities) {
  EXPECT_THAT(sh(kAsSomebody + "/opt/capable /etc/shadow"), HasSubstr("root:*:"));
}

TEST_F(MountedSystemTest, AFileOfALayerKeepsItsAccessList) {
  EXPECT_EQ(sh("setpriv --reuid=1007 --regid=1007 --clear-groups cat /opt/listed"), "for seven\n");
}

TEST_F(MountedSystemTest, FifosNodesAndHardLinksOfALayerAreThere) {
  EXPECT_EQ(sh("stat -c '%F' /opt/fifo /opt/null; stat -c %h /opt/linked; cat /opt/fifo & "
               "echo through > /opt/fifo; wait"),
            "fifo\ncharacter special file\n2\nthrough\n");
}

TEST_F(MountedSystemTest, APackageOfALayerCanBeInstalledAgain) {
  EXPECT_THAT(sh("apt-get install --yes --reinstall /opt/debs/perl-base_*.deb && "
                 "dpkg --verify perl-base && perl -e 'print qq(works\n)'"),
              EndsWith("works\n"));
}

TEST_F(MountedSystemTest, APackageOfALayerCanBeUpgraded) {
  EXPECT_THAT(sh(R"sh(set -e
mkdir /srv/repository && cd /srv/repository
dpkg-deb --raw-extract /opt/debs/grep_*.deb new
sed -i 's/^Version: .*/&+later/' new/DEBIAN/control
dpkg-deb --build new grep.deb && rm -r new
{ dpkg-deb --field grep.deb
  echo "Filename: ./grep.deb"
  echo "Size: $(stat -c %s grep.deb)"
  echo "SHA256: $(sha256sum < grep.deb | cut -d ' ' -f 1)";
} > Packages
echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list
apt-get update && apt-get --yes upgrade
echo later | grep --quiet later && dpkg-query --show --showformat='${Version}' grep)sh"),
              EndsWith("+later"));
}

TEST_F(MountedSystemTest, APackageOfALayerCanBeRemovedAndNothingOfItIsLeft) {
  EXPECT_EQ(sh("dpkg --force-all --purge grep > /dev/null 2>&1 && ls /bin/grep; "
               "dpkg --install /opt/debs/grep_*.deb > /dev/null; "
               "ls /bin/grep"),
            "ls: cannot access '/bin/grep': No such file or directory\n/bin/grep\n");
}

TEST_F(MountedSystemTest, TheJournalIsKept) {
  EXPECT_EQ(sh("mkdir -p /var/log/journal && journalctl --flush && "
               "echo said | systemd-cat -t somebody && journalctl --sync && journalctl --rotate && "
               "journalctl -t somebody -o cat && journalctl --verify --quiet"),
            "said\n");
}

TEST_F(MountedSystemTest, AServiceIsShutInAsOnADisk) {
  EXPECT_EQ(sh("systemd-run --quiet --wait --pipe -p ProtectSystem=strict -p PrivateTmp=yes "
               "sh -c 'touch /usr/file 2> /dev/null || touch /tmp/file && echo shut in'; "
               "ls /usr/file /tmp/file 2> /dev/null"),
            "shut in\n");
}

TEST_F(MountedSystemTest, AUserAndAFolderAreMadeAsItsFilesSay) {
  EXPECT_EQ(sh("echo 'u worker - - /nonexistent' > /usr/lib/sysusers.d/worker.conf && "
               "systemd-sysusers 2> /dev/null && "
               "echo 'd /var/lib/worker 0700 worker worker' > /usr/lib/tmpfiles.d/worker.conf && "
               "systemd-tmpfiles --create worker.conf && stat -c '%U %a' /var/lib/worker"),
            "worker 700\n");
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
