// Hosts whose apt is set up as people's are: a mirror of the company's, a proxy, a list of mirrors,
// https, a password. What is baked is the same as on a host with the distribution's own addresses.
#include <gmock/gmock.h>

#include <filesystem>

#include "stages/rootfs/testing/signed_archive.h"
#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPipeline = R"(
[pipeline]
name = "hosts-apt"
[stage.base]
uses = "rootfs"
sources = [{ mmdebstrap = "host", variant = "apt" }]
[stage.it]
uses = "apt"
from = "base"
packages = ["less"]
debs = ["mine.deb"]
)";

class HostSourcesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    fs::copy("/etc/apt", etc(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    for (const char* sources : {"sources.list", "sources.list.d"}) fs::remove_all(etc() / sources);
    fs::create_directory(etc() / "sources.list.d");
    describe_in(bench_);
  }
  // A package of the pipeline's own comes from no mirror of the host.
  static void describe_in(const Workbench& bench) {
    bench.write("p.toml", kPipeline);
    bench.write("mine/DEBIAN/control",
                "Package: mine\nVersion: 1\nArchitecture: all\nMaintainer: me <me@x.invalid>\n"
                "Description: mine\n");
    run_program({"dpkg-deb", "--root-owner-group", "--build", "mine", "mine.deb"},
                {{"SOURCE_DATE_EPOCH", "1767225600"}}, bench.path());
  }

  fs::path etc() const { return bench_.path() / "etc-apt"; }
  void write_sources(const std::string& text) const { bench_.write("etc-apt/sources.list", text); }
  // `before` each of the two archives, which is called "main" or "security" there.
  static std::string entries(const std::string& before, const std::string& options = "") {
    return "deb " + options + before + "main/ " + host_codename() + " main\n" +  //
           "deb " + options + before + "security/ " + host_codename() + "-security main\n";
  }

  // As on a host with that apt.
  Outcome bake(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> baker = bench_.command_line({"run", "p.toml"});
    baker.insert(baker.end(), options.begin(), options.end());
    const std::vector<std::string> argv =
        after_in_its_namespace("mount --bind '" + etc().string() + "' /etc/apt", baker);
    return run_program(argv, {}, bench_.path());
  }
  // Nothing that is kept holds the text.
  std::string files_with(const std::string& text) const {
    return run_program({"grep", "--recursive", "--files-with-matches", "--", text,
                        bench_.path() / "p.lock.toml", bench_.cache() / "layers",
                        bench_.cache() / "actions", bench_.cache() / "logs"})
        .out;
  }

  const Workbench bench_;
};

// A mirror need not have all of it: the root reads -updates, too, which the host does not.
TEST_F(HostSourcesTest, WithAMirrorThatLacksASuiteGetItFromTheDistribution) {
  const HttpServer mirror = HttpServer::archive_mirror({"--lacks=-updates"});
  write_sources(entries(mirror.url("far/")) + "deb http://127.0.0.1:1/somebodys stable main\n");
  const std::string sign = bench_.path() / "hook-ran";
  bench_.write("etc-apt/apt.conf.d/80hook", "APT::Update::Post-Invoke { \"touch " + sign +
                                                "\"; };\n"
                                                "APT::Update::Pre-Invoke { \"touch " +
                                                sign + "\"; };\n");
  const Outcome baked = bake();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(mirror.requests(), Contains(HasSubstr("/less_")));
  EXPECT_FALSE(fs::exists(sign)) << "what the host does after its own updates is not baker's";
  EXPECT_THAT(baked.all(), HasSubstr("leaves out what is not its distribution's: "
                                     "http://127.0.0.1:1/somebodys/ stable, which did not answer"));
  EXPECT_EQ(files_with(":" + mirror.port()), "");
}

TEST_F(HostSourcesTest, OnADiscOnlyAreToldBeforeAnythingIsMade) {
  write_sources("deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n");
  const Outcome refused = bake();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("name no server, but cdrom:"),
                                 HasSubstr("give the release by its name")));
}

using HostSourcesNightly = HostSourcesTest;

TEST_F(HostSourcesNightly, ThroughAMirrorGiveWhatTheDistributionItselfHas) {
  const HttpServer mirror = HttpServer::archive_mirror();
  write_sources(entries(mirror.url("far/")));
  const Outcome baked = bake();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();

  const Workbench elsewhere;
  describe_in(elsewhere);
  elsewhere.write("p.lock.toml", bench_.read("p.lock.toml"));
  const Outcome again = elsewhere.baker({"run", "p.toml", "--locked"});
  EXPECT_EQ(again.exit_status, 0) << again.all();
}

TEST_F(HostSourcesNightly, InAListOfMirrorsAreItsMirrors) {
  const HttpServer mirror = HttpServer::archive_mirror();
  for (const char* archive : {"main", "security"})
    bench_.write(std::string("etc-apt/mirrors/") + archive,
                 "# near\n" + mirror.url("far/") + archive + "\tpriority:1\n");
  write_sources("deb mirror+file:/etc/apt/mirrors/main " + host_codename() + " main\n" +
                "deb mirror+file:/etc/apt/mirrors/security " + host_codename() +
                "-security main\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(files_with("mirror+file:"), "");
}

// Nobody but the proxy knows the host.
TEST_F(HostSourcesNightly, BehindAProxyThatOnlyAptKnowsAreReached) {
  const HttpServer proxy = HttpServer::archive_mirror();
  write_sources(entries("http://archive.example.invalid/"));
  bench_.write("etc-apt/apt.conf.d/80proxy", "Acquire::http::Proxy \"" + proxy.url("") + "\";\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(files_with(":" + proxy.port()), "");
}

TEST_F(HostSourcesNightly, BehindAProxyThatAProgramFindsAreReached) {
  const HttpServer proxy = HttpServer::archive_mirror();
  write_sources(entries("http://archive.example.invalid/"));
  bench_.write("etc-apt/find-proxy", "#!/bin/sh\necho '" + proxy.url("") + "'\n");
  fs::permissions(etc() / "find-proxy", fs::perms(0755));
  bench_.write("etc-apt/apt.conf.d/80proxy",
               "Acquire::http::Proxy-Auto-Detect \"/etc/apt/find-proxy\";\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(HostSourcesNightly, WithATransportOfTheirOwnCertificateAreTrusted) {
  const std::string pem = bench_.path() / "etc-apt/near.pem";
  run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem + ".key",
               "-out", pem, "-subj", "/CN=near", "-addext", "subjectAltName=IP:127.0.0.1"});
  run_program({"sh", "-c", "cat \"$0\" \"$0.key\" > \"$0.both\"", pem});
  const HttpServer mirror = HttpServer::archive_mirror({"--tls", pem + ".both"});
  write_sources(entries("https://127.0.0.1:" + mirror.port() + "/far/"));
  bench_.write("etc-apt/apt.conf.d/80tls", "Acquire::https::CaInfo \"/etc/apt/near.pem\";\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(fs::exists(bench_.layer_of("p.toml", "base") / "etc/ssl/certs/ca-certificates.crt"));
}

TEST_F(HostSourcesNightly, BehindAPasswordAreReachedAndItIsKeptNowhere) {
  const HttpServer mirror = HttpServer::archive_mirror({"--password", "me:open-sesame"});
  write_sources(entries(mirror.url("far/")));
  bench_.write("etc-apt/auth.conf.d/near.conf",
               "machine http://127.0.0.1:" + mirror.port() + " login me password open-sesame\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(files_with("open-sesame"), "");
}

TEST_F(HostSourcesNightly, WithAMirrorOfOneComponentGetTheOthersFromTheDistribution) {
  const HttpServer mirror = HttpServer::archive_mirror({"--lacks=/contrib/"});
  write_sources(entries(mirror.url("far/")));
  bench_.write("p.toml", R"(
[pipeline]
name = "hosts-apt"
[stage.base]
uses = "rootfs"
sources = [{ mmdebstrap = ")" +
                             host_codename() +
                             R"(", variant = "apt", components = ["main", "contrib"] }]
[stage.it]
uses = "apt"
from = "base"
packages = ["less", "iucode-tool"]
)");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(mirror.requests(), Contains(HasSubstr("/less_")));
}

TEST_F(HostSourcesNightly, OfAReleaseThatTheSourceNamesAreItsMirror) {
  const HttpServer mirror = HttpServer::archive_mirror();
  write_sources(entries(mirror.url("far/")));
  bench_.write("p.toml",
               "[pipeline]\nname = \"hosts-apt\"\n[stage.base]\nuses = \"rootfs\"\n"
               "sources = [{ mmdebstrap = \"" +
                   host_codename() + "\", variant = \"essential\" }]\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(mirror.requests(), Contains(HasSubstr("/dpkg_")));
}

TEST_F(HostSourcesNightly, UnderAnAliasAreTheReleaseThatItStandsForNow) {
  const HttpServer mirror = HttpServer::archive_mirror();
  const std::string found = bench_.path() / "InRelease";
  run_program({"/usr/lib/apt/apt-helper", "download-file",
               mirror.url("far/main/dists/" + host_codename() + "/InRelease"), found});
  std::string alias = run_program({"sed", "-n", "s/^Suite: //p", found}).out;
  alias = alias.substr(0, alias.find('\n'));
  write_sources("Types: deb\n");
  fs::remove(etc() / "sources.list");
  bench_.write("etc-apt/sources.list.d/alias.sources",
               "Types: deb deb-src\nURIs: " + mirror.url("far/main") + "\nSuites: " + alias + " " +
                   alias + "-updates\nComponents: main\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(run_program({"cat", bench_.layer_of("p.toml", "base") / "etc/apt/sources.list"}).out,
              AllOf(HasSubstr(" " + host_codename() + " main"), Not(HasSubstr(alias))));
}

// A company signs what it has checked with a key of its own, and the host's entry names that key.
TEST_F(HostSourcesNightly, SignedAnewAreTrustedByTheKeyOfTheHostsEntry) {
  const SigningKey key(bench_.path() / "gnupg");
  const HttpServer mirror = HttpServer::archive_mirror({"--signs-with", bench_.path() / "gnupg"});
  fs::copy(key.armored_keyring(), etc() / "near.asc");
  write_sources(entries(mirror.url("far/"), "[signed-by=/etc/apt/near.asc] "));
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(HostSourcesNightly, ThatNobodyHasSignedAreTrustedWhereTheHostDoesSo) {
  const HttpServer mirror = HttpServer::archive_mirror({"--lacks=InRelease$|Release.gpg$"});
  write_sources(entries(mirror.url("far/"), "[trusted=yes] "));
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(HostSourcesNightly, AreNotTakenForWholeWhereAPackageBreaksOff) {
  bench_.write("etc-apt/apt.conf.d/90retries", "Acquire::Retries \"0\";\n");
  const auto set_proxy = [&](const HttpServer& proxy) {
    bench_.write("etc-apt/apt.conf.d/80proxy", "Acquire::http::Proxy \"" + proxy.url("") + "\";\n");
  };
  write_sources(entries("http://archive.example.invalid/"));
  const HttpServer broken = HttpServer::archive_mirror({"--breaks-off=/less_"});
  set_proxy(broken);
  const Outcome failed = bake();
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, HasSubstr("the host's apt could not fetch less"));

  const HttpServer whole = HttpServer::archive_mirror();
  set_proxy(whole);
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

// An address that the source names is behind the host's proxy, too.
TEST_F(HostSourcesNightly, BehindAProxyThatAProgramFindsIsTheMirrorOfASource) {
  const HttpServer proxy = HttpServer::archive_mirror();
  bench_.write("etc-apt/find-proxy", "#!/bin/sh\necho '" + proxy.url("") + "'\n");
  fs::permissions(etc() / "find-proxy", fs::perms(0755));
  bench_.write("etc-apt/apt.conf.d/80proxy",
               "Acquire::http::Proxy-Auto-Detect \"/etc/apt/find-proxy\";\n");
  bench_.write("p.toml",
               "[pipeline]\nname = \"hosts-apt\"\n[stage.base]\nuses = \"rootfs\"\n"
               "sources = [{ mmdebstrap = \"" +
                   host_codename() +
                   "\", variant = \"essential\", "
                   "mirror = \"http://archive.example.invalid/main\" }]\n");
  const Outcome baked = bake();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

}  // namespace
}  // namespace baker::testing
