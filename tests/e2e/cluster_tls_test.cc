// With `tls = true`, nobody is let in who can't show a certificate, and no key lies where others
// could come by it.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/e2e/cluster_fixture.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ClusterTlsTest : public Cluster {
 protected:
  void TearDown() override { forget_cluster(); }

  static Outcome tool(const std::string& command) {
    return in("tester", "timeout 60 " + command + " --bootstrap-server $KAFKA_BROKERS");
  }
  // Speaks TLS, and has nothing to show.
  static Outcome nameless_client() {
    return run_program({"timeout", "60", "openssl", "s_client", "-ign_eof", "-verify_return_error",
                        "-CAfile", data() / "tls/probe/ca.pem", "-connect", "10.88.0.11:9092"});
  }
  // Of each key a line that no other has.
  static std::vector<std::string> keys() {
    std::vector<std::string> lines;
    for (const auto& each : fs::recursive_directory_iterator(data() / "tls")) {
      std::string line;
      std::ifstream stream(each.path());
      std::getline(stream, line);
      if (line == "-----BEGIN PRIVATE KEY-----" && std::getline(stream, line))
        lines.push_back(line);
    }
    return lines;
  }
  static std::string files_with(const std::vector<std::string>& lines, const fs::path& folder) {
    std::vector<std::string> argv = {"grep", "-rlF"};
    for (const std::string& line : lines) argv.insert(argv.end(), {"-e", line});
    argv.push_back(folder / ".");
    return run_program(argv).out;
  }
};

TEST_F(ClusterTlsTest, LetsInWhoShowsACertificateAndNobodyElse) {
  const Outcome started = up({"--set", "tls=true"});
  ASSERT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, AllOf(HasSubstr("4 machines run, 4 started"), HasSubstr("3 brokers")));

  const std::string config = " --command-config /etc/kafka/client.properties";
  const Outcome produced = in("tester",
                              "echo hello | kafka-console-producer.sh --topic t --bootstrap-server "
                              "$KAFKA_BROKERS" +
                                  config);
  EXPECT_EQ(produced.exit_status, 0) << produced.all();
  const Outcome consumed =
      tool("kafka-console-consumer.sh --topic t --from-beginning --max-messages 1" + config);
  EXPECT_THAT(consumed.out, HasSubstr("hello")) << consumed.all();

  EXPECT_NE(tool("kafka-topics.sh --list").exit_status, 0) << "plaintext";
  EXPECT_THAT(nameless_client().all(),
              ContainsRegex("alert (certificate required|bad certificate)"));

  EXPECT_THAT(keys(), SizeIs(6));  // the authority's, three nodes', the tester's, the probe's
  EXPECT_THAT(files_with(keys(), data() / "tls"), HasSubstr("authority.pem"));
  EXPECT_THAT(files_with(keys(), bench_->cache()), IsEmpty());
  EXPECT_THAT(files_with(keys(), bench_->machines()), IsEmpty());

  EXPECT_THAT(up().err, HasSubstr("from TLS to plaintext while it runs"));

  EXPECT_EQ(down().exit_status, 0);
  EXPECT_EQ(with("destroy", {"--data"}).exit_status, 0);
  EXPECT_FALSE(fs::exists(data())) << "the authority's keys";
}

}  // namespace
}  // namespace baker::testing
