#include <gmock/gmock.h>

#include <memory>

#include "stages/kafka-probe/testing/one_broker.h"
#include "tests/support/stage_step.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kBroker = "127.0.0.1:9092";
constexpr const char* kTlsBroker = "127.0.0.1:9094";
constexpr const char* kNobody = "127.0.0.1:9999";

// One broker for all tests. It is not waited for: that is what a probe does.
class KafkaProbeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    bench_ = std::make_unique<Workbench>();
    bench_->write("pipeline.toml",
                  "[pipeline]\nname = \"probe-test\"\n[stage.kafka]\nuses = \"kafka\"\n"
                  "version = \"4.3.1\"\nurls = []\n");
    const Outcome baked = bench_->baker({"run", "pipeline.toml"});
    if (baked.exit_status != 0) throw std::runtime_error(baked.all());
    enter_private_network();
    broker_ = std::make_unique<OneBroker>(bench_->layer_of("pipeline.toml", "kafka") / "opt/kafka",
                                          bench_->path() / "broker");
  }
  static void TearDownTestSuite() {
    broker_.reset();
    bench_.reset();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "a network of its own needs root";
  }

  static StepOutcome step(const std::string& name, const json& options) {
    json all = {{"brokers", {kBroker}},
                {"machines", {"kafka-node1"}},
                {"data", {broker_->data()}},
                {"topic", "__baker-probe"},
                {"version", ""},
                {"deadline", 60}};
    all.update(options);
    return run_step("kafka-probe", name, all);
  }
  static StepOutcome probe(const json& options = json::object()) { return step("probe", options); }
  static StepOutcome look(const json& options) { return step("observe", options); }
  static bool exists(const std::string& partition) {
    return fs::exists(broker_->data() / partition);
  }
  static auto size_of_log(const std::string& partition) {
    return fs::file_size(broker_->data() / partition / "00000000000000000000.log");
  }

  static json tls(const std::string& cert, const std::string& key) {
    const auto path = [](const std::string& name) {
      return name.empty() ? "" : broker_->certificate(name).string();
    };
    return {{"enabled", true}, {"ca", path("ca.crt")}, {"cert", path(cert)}, {"key", path(key)}};
  }

  static inline std::unique_ptr<Workbench> bench_;
  static inline std::unique_ptr<OneBroker> broker_;
};

TEST_F(KafkaProbeTest, TellsWhatServesAndWhomToReplaceLast) {
  const StepOutcome serving = probe();
  ASSERT_TRUE(serving.ok) << serving.error << broker_->log();
  EXPECT_THAT(serving.reply["seen"],
              AllOf(HasSubstr("1 broker, leader node 1 (epoch "), HasSubstr("in sync")));
  EXPECT_EQ(serving.reply["replace-last"], json::array({"kafka-node1"}));
  const json facts = serving.reply["facts"];
  EXPECT_EQ(
      facts["brokers"],
      json::array(
          {{{"id", 1}, {"endpoint", kBroker}, {"machine", "kafka-node1"}, {"answers", true}}}));
  EXPECT_EQ(facts["leader"], 1);
  EXPECT_EQ(facts["under_replicated"], 0);
}

TEST_F(KafkaProbeTest, LetsAMessageThroughTheClusterWithoutAGroup) {
  const StepOutcome serving = probe({{"topic", "through"}});
  ASSERT_TRUE(serving.ok) << serving.error << broker_->log();
  EXPECT_GT(size_of_log("through-0"), 0U);
  EXPECT_FALSE(exists("__consumer_offsets-0"));
}

TEST_F(KafkaProbeTest, UsesTheTopicThatIsThere) {
  ASSERT_TRUE(probe({{"topic", "again"}}).ok);
  const auto before = size_of_log("again-0");
  const StepOutcome again = probe({{"topic", "again"}});
  ASSERT_TRUE(again.ok) << again.error;
  EXPECT_GT(size_of_log("again-0"), before);
}

TEST_F(KafkaProbeTest, ChangesNothingWhereItOnlyLooks) {
  ASSERT_TRUE(probe().ok);
  const StepOutcome looked = look({{"topic", "untouched"}});
  ASSERT_TRUE(looked.ok) << looked.error;
  EXPECT_EQ(looked.reply["facts"]["missing"], "");
  EXPECT_FALSE(exists("untouched-0"));
}

TEST_F(KafkaProbeTest, SaysWhichBrokerIsMissing) {
  ASSERT_TRUE(probe().ok);
  const StepOutcome failed = probe({{"brokers", {kBroker, kNobody}},
                                    {"machines", {"kafka-node1", "kafka-node2"}},
                                    {"deadline", 5}});
  ASSERT_FALSE(failed.ok);
  const std::string registered = "1 of 2 brokers registered (missing: 127.0.0.1:9999)";
  EXPECT_THAT(failed.waiting, Contains(registered));
  EXPECT_THAT(
      failed.error,
      AllOf(HasSubstr("the cluster did not serve within 5 s"),
            HasSubstr("waited for: " + registered), HasSubstr("seen: 1 broker, leader"),
            HasSubstr("127.0.0.1:9999: Connection refused"),
            HasSubstr("machine kafka-node2 does not run"), Not(HasSubstr("machine kafka-node1"))));
}

TEST_F(KafkaProbeTest, TellsWhatIsMissingWhereItOnlyLooks) {
  ASSERT_TRUE(probe().ok);
  const StepOutcome looked = look({{"nodes", 2}});
  ASSERT_TRUE(looked.ok) << looked.error;
  EXPECT_EQ(looked.reply["facts"]["missing"],
            "1 of 2 brokers registered (there: 1 at 127.0.0.1:9092)");
}

TEST_F(KafkaProbeTest, SaysThatNobodyListens) {
  const StepOutcome failed = probe({{"brokers", {kNobody}}, {"deadline", 1}});
  ASSERT_FALSE(failed.ok);
  EXPECT_THAT(failed.waiting,
              ElementsAre("an answer from a broker (127.0.0.1:9999: Connection refused)"));
  EXPECT_THAT(failed.error, AllOf(HasSubstr("seen: no broker that answers"),
                                  HasSubstr("127.0.0.1:9999: Connection refused")));
}

TEST_F(KafkaProbeTest, ShowsItsCertificateToABrokerThatAsksForOne) {
  const StepOutcome serving =
      probe({{"brokers", {kTlsBroker}}, {"tls", tls("client.crt", "client.key")}});
  ASSERT_TRUE(serving.ok) << serving.error << broker_->log();
  EXPECT_EQ(serving.reply["facts"]["brokers"][0]["endpoint"], kTlsBroker);
}

TEST_F(KafkaProbeTest, ConnectsWithoutTlsWhereItIsOff) {
  json off = tls("client.crt", "client.key");
  off["enabled"] = false;
  const StepOutcome serving = probe({{"tls", off}});
  EXPECT_TRUE(serving.ok) << serving.error << broker_->log();
}

TEST_F(KafkaProbeTest, SaysThatABrokerRefusesItWithoutACertificate) {
  ASSERT_TRUE(probe().ok);
  const StepOutcome failed =
      probe({{"brokers", {kTlsBroker}}, {"tls", tls("", "")}, {"deadline", 1}});
  ASSERT_FALSE(failed.ok);
  EXPECT_THAT(failed.error,
              AllOf(HasSubstr("127.0.0.1:9094: "), HasSubstr("alert bad certificate")));
}

TEST_F(KafkaProbeTest, RefusesACertificateWithoutItsKey) {
  EXPECT_THAT(probe({{"tls", tls("client.crt", "")}}).error,
              HasSubstr("`tls` has only one of `cert` and `key`"));
}

}  // namespace
}  // namespace baker::testing
