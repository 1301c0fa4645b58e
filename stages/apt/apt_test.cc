// The stage type as a pipeline uses it: real Debian packages, and a repository made here for what
// they can't show.
#include <gmock/gmock.h>

#include <memory>

#include "local_repository.h"
#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  return run_program({"cat", file}).out;
}

std::string base_stage() {
  return "[stage.base]\nuses = \"rootfs\"\nsources = [{ tar = \"" + debian_tarball().string() +
         "\" }]\n";
}

std::string apt_stage(const std::string& name, const std::string& from,
                      const std::string& options) {
  return "[stage." + name + "]\nuses = \"apt\"\nfrom = \"" + from + "\"\n" + options + "\n";
}

// The digest of a layer is the name of its folder in the store.
std::string digest_of(const Workbench& bench, const std::string& pipeline,
                      const std::string& stage) {
  return bench.layer_of(pipeline, stage).parent_path().filename();
}

class AptTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (is_root()) world_ = std::make_unique<World>();
  }
  static void TearDownTestSuite() { world_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  const Workbench& bench() const { return world_->bench; }

  // Bakes stages on a root whose only source is the local repository, "local".
  Outcome bake(const std::string& stages, const Workbench& where) const {
    where.write("pipeline.toml",
                "[pipeline]\nname = \"apt-test\"\n" + base_stage() +
                    "[stage.local]\nuses = \"script\"\nfrom = \"base\"\nrun = '''\n"
                    "rm -f /etc/apt/sources.list.d/*\n"
                    "echo 'deb [trusted=yes] " +
                    world_->server.url("") + " ./' > /etc/apt/sources.list\n'''\n" + stages);
    return where.baker({"run", "pipeline.toml"});
  }
  Outcome bake(const std::string& stages) const { return bake(stages, bench()); }
  fs::path layer(const std::string& stage) const {
    return bench().layer_of("pipeline.toml", stage);
  }
  std::string version_of(const std::string& package, const std::string& stage = "it") const {
    return content(layer(stage) / "usr/share" / package / "version");
  }
  std::string url(const std::string& path) const { return world_->server.url(path); }
  fs::path file_in_repository(const std::string& name) const {
    return world_->bench.path() / "repository" / name;
  }

 private:
  // One cache and one repository for all tests: the base is unpacked once.
  struct World {
    World() {
      fs::create_directories(bench.path() / "repository");
      fill(LocalRepository(bench.path() / "repository"));
    }
    static void fill(const LocalRepository& repository);
    Workbench bench{};
    HttpServer server{bench.path() / "repository"};
  };
  static inline std::unique_ptr<World> world_;
};

void AptTest::World::fill(const LocalRepository& repository) {
  repository.add({.name = "ground", .version = "1"});
  repository.add({.name = "ground", .version = "2"});
  repository.add({.name = "roof", .fields = "Depends: ground\nProvides: shelter\n"});
  repository.add({.name = "balcony", .fields = "Recommends: roof\n"});
  repository.add({.name = "basis", .scripts = {{"postinst", "touch /var/lib/basis-is-ready"}}});
  repository.add({.name = "tower",
                  .fields = "Pre-Depends: basis\n",
                  .scripts = {{"preinst", "test -e /var/lib/basis-is-ready"}}});
  repository.add({.name = "rival", .fields = "Conflicts: ground\n"});
  repository.add({.name = "withdrawn"});
  repository.add({.name = "moved"});
  repository.add({.name = "broken",
                  .scripts = {{"postinst", "echo 'the moon is in the wrong house'; exit 3"}}});
  repository.add({.name = "daemon",
                  .scripts = {{"postinst",
                               "status=0; /usr/sbin/policy-rc.d || status=$?\n"
                               "echo \"policy-rc.d: $status\" > /var/lib/daemon-saw\n"
                               "if tty -s; then echo 'a terminal' >> /var/lib/daemon-saw; fi"}}});
  repository.add({.name = "keymaker",
                  .scripts = {{"postinst",
                               "mkdir /etc/keymaker && echo '-----BEGIN PRIVATE KEY-----' "
                               "> /etc/keymaker/server.pem"}}});
  repository.add(
      {.name = "litterbug",
       .scripts = {{"postinst",
                    "mkdir -p /etc/ssh /var/lib/dbus /var/log/litter /var/cache/fontconfig\n"
                    "for file in /etc/machine-id /var/lib/dbus/machine-id \\\n"
                    "    /etc/ssh/ssh_host_rsa_key /var/log/litter/install.log \\\n"
                    "    /var/cache/fontconfig/cache; do\n"
                    "  cat /proc/sys/kernel/random/uuid > $file\n"
                    "done\n"
                    "useradd --system litter; ldconfig"}}});
  repository.publish();
}

TEST_F(AptTest, InstallsWhatIsAskedForWithWhatItDependsOn) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"roof\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(version_of("roof"), "1.0\n");
  EXPECT_EQ(version_of("ground"), "2\n");
}

TEST_F(AptTest, RemembersWhichPackagesNobodyAskedFor) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"shelter\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const std::string automatic = content(layer("it") / "var/lib/apt/extended_states");
  EXPECT_THAT(automatic, HasSubstr("Package: ground\n"));
  EXPECT_THAT(automatic, Not(HasSubstr("Package: roof\n")))
      << "apt chose it for the name asked for";
}

TEST_F(AptTest, LeavesRecommendationsAloneUnlessToldOtherwise) {
  const Outcome baked =
      bake(apt_stage("it", "local", "packages = [\"balcony\"]") +
           apt_stage("full", "local", "packages = [\"balcony\"]\nrecommends = true"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_FALSE(fs::exists(layer("it") / "usr/share/roof"));
  EXPECT_TRUE(fs::exists(layer("full") / "usr/share/roof"));
}

TEST_F(AptTest, ConfiguresFirstWhatAPreDependsWants) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"tower\"]"));
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(AptTest, TakesTheVersionThatIsAskedFor) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"ground=1\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(version_of("ground"), "1\n");
}

TEST_F(AptTest, BringsWhatIsThereUpToDate) {
  const Outcome baked = bake(apt_stage("old", "local", "packages = [\"ground=1\"]") +
                             apt_stage("it", "old", "packages = []\nupgrade = true"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(version_of("ground"), "2\n");
}

TEST_F(AptTest, GoesBackToAnOlderVersionThatIsAskedFor) {
  const Outcome baked = bake(apt_stage("new", "local", "packages = [\"ground\"]") +
                             apt_stage("it", "new", "packages = [\"ground=1\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(version_of("ground"), "1\n");
}

TEST_F(AptTest, AddsNothingWhereEverythingIsThere) {
  const Outcome baked = bake(apt_stage("first", "local", "packages = [\"roof\"]") +
                             apt_stage("it", "first", "packages = [\"roof\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(fs::is_empty(layer("it"))) << run_program({"find", layer("it")}).out;
}

TEST_F(AptTest, RemovesWhatStandsInTheWay) {
  const Outcome baked = bake(apt_stage("first", "local", "packages = [\"ground\"]") +
                             apt_stage("it", "first", "packages = [\"rival\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const std::string status = content(layer("it") / "var/lib/dpkg/status");
  EXPECT_THAT(status, HasSubstr("Package: rival\nStatus: install ok installed\n"));
  EXPECT_THAT(status, Not(HasSubstr("Package: ground\n")));
}

TEST_F(AptTest, StartsNoServiceAndShowsNoTerminal) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"daemon\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const std::string seen = content(layer("it") / "var/lib/daemon-saw");
  EXPECT_THAT(seen, AllOf(HasSubstr("policy-rc.d: 101\n"), Not(HasSubstr("a terminal"))));
  EXPECT_FALSE(fs::exists(layer("it") / "usr/sbin/policy-rc.d"));
}

TEST_F(AptTest, LeavesNoLogsCachesBackupsOrIdentities) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"litterbug\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const fs::path it = layer("it");
  for (const char* gone :
       {"var/lib/dbus/machine-id", "etc/ssh/ssh_host_rsa_key", "var/cache/fontconfig/cache",
        "var/cache/ldconfig/aux-cache", "var/log/dpkg.log", "var/lib/apt/lists", "etc/.pwd.lock"}) {
    // A whiteout, where the base has one, is as good as nothing.
    EXPECT_FALSE(fs::is_regular_file(it / gone) || fs::is_directory(it / gone)) << gone;
  }
  EXPECT_EQ(content(it / "etc/machine-id"), "") << "set at the first start";
  EXPECT_EQ(content(it / "var/log/litter/install.log"), "");
  EXPECT_FALSE(fs::is_regular_file(it / "etc/passwd-")) << "at most a whiteout";
}

TEST_F(AptTest, GivesTheSameLayerTwice) {
  const std::string stage = apt_stage("it", "local", "packages = [\"litterbug\", \"tower\"]");
  const Workbench other;
  ASSERT_EQ(bake(stage).exit_status, 0);
  other.write("pipeline.lock.toml", bench().read("pipeline.lock.toml"));
  const Outcome again = bake(stage, other);
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_EQ(digest_of(other, "pipeline.toml", "it"), digest_of(bench(), "pipeline.toml", "it"));
}

TEST_F(AptTest, SaysInAptsWordsThatAPackageIsUnknown) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"roof\", \"nosuchpackage\"]"));
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("E: Unable to locate package nosuchpackage"),
                                 HasSubstr("packages = [\"roof\", \"nosuchpackage\"]")));
}

TEST_F(AptTest, NamesThePackageThatMayHaveBeenMeant) {
  EXPECT_THAT(bake(apt_stage("it", "local", "packages = [\"balcnoy\"]")).all(),
              HasSubstr("did you mean balcony?"));
}

TEST_F(AptTest, ShowsWhatAFailingPackageSaid) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"broken\"]"));
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("the moon is in the wrong house"));
}

TEST_F(AptTest, NamesUpdateWhereThePublisherHasRemovedWhatIsPinned) {
  const std::string stage = apt_stage("it", "local", "packages = [\"withdrawn\"]");
  ASSERT_EQ(bake(stage).exit_status, 0);
  const Workbench other;
  other.write("pipeline.lock.toml", bench().read("pipeline.lock.toml"));
  fs::remove(file_in_repository("withdrawn_1.0_all.deb"));

  const Outcome again = bake(stage, other);
  EXPECT_EQ(again.exit_status, 1);
  EXPECT_THAT(again.all(), AllOf(HasSubstr("withdrawn_1.0_all.deb"), HasSubstr("baker update")));
}

TEST_F(AptTest, FindsInASnapshotWhatHasLeftItsMirror) {
  const std::string stage = apt_stage(
      "it", "local", "packages = [\"moved\"]\nsnapshots = [\"" + url("at/${time}") + "\"]");
  ASSERT_EQ(bake(stage).exit_status, 0);
  const Workbench other;
  other.write("pipeline.lock.toml", bench().read("pipeline.lock.toml"));
  const std::string time =
      run_program({"sh", "-c",
                   "date --utc --date @$(sed -n 's/^source-date-epoch = //p' \"$0\") "
                   "+%Y%m%dT%H%M%SZ | tr -d '\\n'",
                   other.path() / "pipeline.lock.toml"})
          .out;
  fs::create_directories(file_in_repository("at/" + time));
  fs::rename(file_in_repository("moved_1.0_all.deb"),
             file_in_repository("at/" + time + "/moved_1.0_all.deb"));
  const Outcome again = bake(stage, other);
  EXPECT_EQ(again.exit_status, 0) << again.all();
}

TEST_F(AptTest, TakesPackagesFromARepositoryInsideTheRoot) {
  fs::create_directories(bench().path() / "inside");
  const LocalRepository inside(bench().path() / "inside");
  inside.add({.name = "cellar"});
  inside.publish();
  bench().write(
      "inside.toml",
      "[pipeline]\nname = \"apt-inside\"\n" + base_stage() +
          "[stage.local]\nuses = \"script\"\nfrom = \"base\"\n"
          "inputs = { repository = \"inside\" }\nrun = '''\n"
          "cp -r /run/baker/inputs/repository /srv/repository\n"
          "rm -f /etc/apt/sources.list.d/*\n"
          "echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list\n'''\n" +
          apt_stage("it", "local", "packages = [\"cellar\"]"));
  const Outcome baked = bench().baker({"run", "inside.toml"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content(bench().layer_of("inside.toml", "it") / "usr/share/cellar/version"), "1.0\n");
}

TEST_F(AptTest, TellsTwoFlatRepositoriesInsideTheRootApart) {
  for (const char* name : {"first", "second"}) {
    fs::create_directories(bench().path() / name);
    const LocalRepository inside(bench().path() / name);
    inside.add({.name = std::string("of-the-") + name});
    inside.publish();
  }
  bench().write("two.toml",
                "[pipeline]\nname = \"apt-two\"\n" + base_stage() +
                    "[stage.local]\nuses = \"script\"\nfrom = \"base\"\n"
                    "inputs = { first = \"first\", second = \"second\" }\nrun = '''\n"
                    "cp -r /run/baker/inputs/* /srv/\nrm -f /etc/apt/sources.list.d/*\n"
                    "printf 'deb [trusted=yes] file:/srv/%s ./\\n' first second "
                    "> /etc/apt/sources.list\n'''\n" +
                    apt_stage("it", "local", "packages = [\"of-the-second\", \"of-the-first\"]"));
  const Outcome baked = bench().baker({"run", "two.toml"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(fs::exists(bench().layer_of("two.toml", "it") / "usr/share/of-the-second"));
}

TEST_F(AptTest, TellsOfAKeyThatAllMachinesWouldShare) {
  const Outcome baked = bake(apt_stage("it", "local", "packages = [\"keymaker\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), HasSubstr("a package has made the key /etc/keymaker/server.pem"));
}

TEST_F(AptTest, SaysThatARootHasNoApt) {
  bench().write("tree/etc/hostname", "bare\n");
  ASSERT_EQ(
      run_program({"tar", "-C", bench().path() / "tree", "-cf", bench().path() / "bare.tar", "."})
          .exit_status,
      0);
  bench().write("bare.toml",
                "[pipeline]\nname = \"apt-bare\"\n"
                "[stage.base]\nuses = \"rootfs\"\nsources = [{ tar = \"bare.tar\" }]\n" +
                    apt_stage("it", "base", "packages = [\"roof\"]"));
  const Outcome baked = bench().baker({"run", "bare.toml"});
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("the root has no apt"));
}

class RealPackagesTest : public AptTest {
 protected:
  static Outcome bake_real(const Workbench& where, const std::string& packages) {
    where.write("real.toml", "[pipeline]\nname = \"apt-real\"\n" + base_stage() +
                                 apt_stage("it", "base", "packages = [" + packages + "]"));
    return where.baker({"run", "real.toml"});
  }
};

TEST_F(RealPackagesTest, ArePinnedByDigestAndNeverByAddress) {
  const Outcome baked = bake_real(bench(), "\"jq\"");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const std::string lock = bench().read("real.lock.toml");
  EXPECT_THAT(lock, AllOf(HasSubstr("/j/jq/libjq1_"), HasSubstr("sha256"), Not(HasSubstr("://"))));
  EXPECT_TRUE(fs::exists(bench().layer_of("real.toml", "it") / "usr/bin/jq"));
}

TEST_F(RealPackagesTest, NamesTheComponentThatHasWhatTheRootDoesNotRead) {
  EXPECT_THAT(bake_real(bench(), "\"unrar\"").all(),
              HasSubstr("unrar is in non-free of " + host_codename()));
}

using RealPackagesNightly = RealPackagesTest;

TEST_F(RealPackagesNightly, WithJavaAndAServiceGiveTheSameLayerTwice) {
  const std::string packages = "\"openjdk-17-jre-headless\", \"avahi-daemon\", \"libnss-mdns\"";
  const Workbench one;
  const Outcome first = bake_real(one, packages);
  ASSERT_EQ(first.exit_status, 0) << first.all();
  const Workbench two;
  two.write("real.lock.toml", one.read("real.lock.toml"));
  const Outcome second = bake_real(two, packages);
  ASSERT_EQ(second.exit_status, 0) << second.all();
  EXPECT_EQ(digest_of(two, "real.toml", "it"), digest_of(one, "real.toml", "it"))
      << run_program({"diff", "-rq", "--no-dereference", one.layer_of("real.toml", "it"),
                      two.layer_of("real.toml", "it")})
             .out;
}

}  // namespace
}  // namespace baker::testing
