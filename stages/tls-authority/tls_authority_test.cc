#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/stage_step.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class TlsAuthorityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "to give keys to others needs root";
  }

  static Json member(const std::string& name, const std::vector<std::string>& addresses = {},
                     int gid = 0) {
    return {{"name", name}, {"addresses", addresses}, {"gid", gid}};
  }
  static Json node() { return member("node1", {"10.88.0.11", "kafka-node1.local"}, 900); }
  StepOutcome step(const std::string& name, const std::vector<Json>& members,
                   bool enabled = true) const {
    const Json options = {{"folder", folder().string()},
                          {"name", "orders"},
                          {"enabled", enabled},
                          {"members", members}};
    return run_step("tls-authority", name, options);
  }
  StepOutcome apply(const std::vector<Json>& members) const { return step("apply", members); }
  void must_apply(const std::vector<Json>& members) const {
    const StepOutcome applied = apply(members);
    ASSERT_TRUE(applied.ok) << applied.error;
  }

  fs::path folder() const { return bench_.path() / "data" / "tls"; }
  std::string content(const std::string& file) const { return bench_.read("data/tls/" + file); }
  Outcome verify(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = {"openssl", "verify", "-CAfile", folder() / "node1/ca.pem"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.push_back(folder() / "node1/identity.pem");
    return run_program(argv);
  }
  // Mode, owner, group.
  std::string attributes(const std::string& file) const {
    return run_program({"stat", "--format=%a %u %g", folder() / file}).out;
  }
  // Everything that is there, with what a second look would find changed.
  std::string listing() const {
    return run_program({"find", folder(), "-printf", "%p %i %m %U:%G %T@ %C@\n"}).out;
  }

  Workbench bench_;
};

TEST_F(TlsAuthorityTest, GivesACertificateForServersAndClients) {
  must_apply({node()});
  const std::vector<std::string> by_address = {"-purpose", "sslserver", "-verify_ip", "10.88.0.11"};
  EXPECT_EQ(verify(by_address).exit_status, 0) << verify(by_address).all();
  EXPECT_EQ(verify({"-purpose", "sslclient", "-verify_hostname", "kafka-node1.local"}).exit_status,
            0);
  EXPECT_NE(verify({"-verify_ip", "10.88.0.12"}).exit_status, 0);
  EXPECT_THAT(content("node1/identity.pem"),
              AllOf(HasSubstr("-----BEGIN PRIVATE KEY-----"), HasSubstr("BEGIN CERTIFICATE")));
}

TEST_F(TlsAuthorityTest, LetsNobodyReadAKeyButItsGroup) {
  must_apply({node()});
  EXPECT_EQ(attributes("authority.pem"), "400 0 0\n");
  EXPECT_EQ(attributes("node1"), "750 0 900\n");
  EXPECT_EQ(attributes("node1/identity.pem"), "440 0 900\n");
  EXPECT_THAT(content("node1/ca.pem"), Not(HasSubstr("KEY")));
}

TEST_F(TlsAuthorityTest, TakesBackAKeyThatWasOpenedToOthers) {
  must_apply({node()});
  fs::permissions(folder() / "node1/identity.pem", fs::perms(0644));
  fs::permissions(folder() / "authority.pem", fs::perms(0644));
  must_apply({node()});
  EXPECT_EQ(attributes("node1/identity.pem"), "440 0 900\n");
  EXPECT_EQ(attributes("authority.pem"), "400 0 0\n");
}

TEST_F(TlsAuthorityTest, LeavesTheModeAndOwnerOfAFolderThatWasThereBefore) {
  fs::create_directories(folder() / "node1");
  run_program({"chown", "1:2", folder(), folder() / "node1"});
  run_program({"chmod", "0700", folder(), folder() / "node1"});
  must_apply({node()});
  EXPECT_EQ(attributes(""), "700 1 2\n");
  EXPECT_EQ(attributes("node1"), "700 1 2\n");
}

TEST_F(TlsAuthorityTest, SaysNothingOfAKey) {
  const StepOutcome applied = apply({node()});
  ASSERT_TRUE(applied.ok) << applied.error;
  EXPECT_THAT(applied.printed + applied.reply.dump(), Not(HasSubstr("PRIVATE")));
}

TEST_F(TlsAuthorityTest, DoesNothingTheSecondTime) {
  must_apply({node(), member("client")});
  const std::string before = listing();
  must_apply({node(), member("client")});
  EXPECT_EQ(listing(), before);
}

TEST_F(TlsAuthorityTest, GivesANewMemberACertificateAndLeavesTheOthers) {
  must_apply({node()});
  const std::string before = content("node1/identity.pem");
  must_apply({node(), member("node2", {"10.88.0.12"}, 900)});
  EXPECT_EQ(content("node1/identity.pem"), before);
  EXPECT_EQ(content("node2/ca.pem"), content("node1/ca.pem"));
}

TEST_F(TlsAuthorityTest, GivesANewCertificateForOtherAddresses) {
  must_apply({node()});
  must_apply({member("node1", {"10.89.0.11"}, 900)});
  EXPECT_EQ(verify({"-verify_ip", "10.89.0.11"}).exit_status, 0);
  EXPECT_NE(verify({"-verify_ip", "10.88.0.11"}).exit_status, 0);
}

TEST_F(TlsAuthorityTest, GivesANewCertificateInGoodTime) {
  must_apply({node()});
  const std::string authority = folder() / "authority.pem";
  const fs::path identity = folder() / "node1/identity.pem";
  // As it is in the last month.
  const std::string key = bench_.path() / "old.key", certificate = bench_.path() / "old.crt";
  const Outcome made =
      run_program({"openssl",  "req",
                   "-x509",    "-nodes",
                   "-newkey",  "ec",
                   "-pkeyopt", "ec_paramgen_curve:P-256",
                   "-days",    "29",
                   "-subj",    "/CN=node1",
                   "-addext",  "subjectAltName=IP:10.88.0.11,DNS:kafka-node1.local",
                   "-CA",      authority,
                   "-CAkey",   authority,
                   "-keyout",  key,
                   "-out",     certificate});
  ASSERT_EQ(made.exit_status, 0) << made.all();
  std::ofstream(identity) << std::ifstream(key).rdbuf() << std::ifstream(certificate).rdbuf();
  ASSERT_EQ(verify({}).exit_status, 0) << verify({}).all();

  must_apply({node()});
  EXPECT_EQ(run_program({"openssl", "x509", "-noout", "-in", identity, "-checkend", "70000000"})
                .exit_status,
            0);
}

TEST_F(TlsAuthorityTest, ReplacesWhatWasWrittenInHalf) {
  must_apply({node()});
  fs::resize_file(folder() / "node1/identity.pem", 100);
  must_apply({node()});
  EXPECT_EQ(verify({}).exit_status, 0) << verify({}).all();
}

TEST_F(TlsAuthorityTest, DoesNotReplaceAnAuthorityThatWasDamaged) {
  must_apply({node()});
  fs::resize_file(folder() / "authority.pem", 100);
  EXPECT_THAT(
      apply({node()}).error,
      HasSubstr("authority.pem no longer has a key with its certificate: put it back from a copy"));
}

TEST_F(TlsAuthorityTest, MakesNothingWhereItIsOff) {
  EXPECT_TRUE(step("apply", {node()}, false).ok);
  EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(TlsAuthorityTest, LeavesItsKeysWhenItIsRemoved) {
  must_apply({node()});
  const std::string before = listing();
  const StepOutcome removed = step("remove", {node()});
  EXPECT_TRUE(removed.ok) << removed.error;
  EXPECT_EQ(listing(), before);
}

TEST_F(TlsAuthorityTest, RefusesAnAddressThatSmugglesAnother) {
  EXPECT_THAT(apply({member("node1", {"a,IP:10.88.0.12"})}).error,
              HasSubstr("neither an address nor a name"));
}

TEST_F(TlsAuthorityTest, RefusesTwoMembersWithOneName) {
  EXPECT_THAT(apply({node(), node()}).error, HasSubstr("has \"node1\" twice"));
}

}  // namespace
}  // namespace baker::testing
