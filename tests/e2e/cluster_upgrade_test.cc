// The promise: Kafka is upgraded while it is used, and no message is lost.
#include <gmock/gmock.h>

#include <chrono>
#include <iostream>

#include "tests/e2e/cluster_fixture.h"
#include "tests/support/kafka_load.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

class ClusterUpgradeTest : public Cluster {
 protected:
  static Outcome up_with(const std::string& version, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--set", "kafka=" + version});
    return up(options);
  }

  static void report(const std::string& what, const LoadFigures& figures, double seconds) {
    std::cout << what << " under load, " << seconds << " s: " << text_of(figures) << std::endl;
    RecordProperty(what, text_of(figures));
  }

  // While messages are sent and read all the time, and for a while after.
  void roll_under_load(const std::string& version, const std::vector<std::string>& options = {}) {
    KafkaLoad load({brokers(), "orders-" + version});
    const auto start = std::chrono::steady_clock::now();
    const Outcome rolled = up_with(version, options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(rolled.exit_status, 0) << rolled.all();
    EXPECT_THAT(rolled.out, HasSubstr("4 replaced"));
    EXPECT_TRUE(load.goes_on());
    const LoadFigures figures = load.finish();
    report("to " + version, figures, taken.count());

    EXPECT_EQ(figures.acknowledged, figures.sent) << load.complaint();
    EXPECT_EQ(figures.failed, 0) << load.complaint();
    EXPECT_EQ(figures.read, figures.sent);
    EXPECT_EQ(figures.lost, 0);
    EXPECT_EQ(figures.duplicated, 0);
    EXPECT_EQ(figures.out_of_order, 0);
    EXPECT_EQ(figures.strangers, 0);
    for (const char* node : {"node1", "node2", "node3"}) {
      EXPECT_THAT(in(node, "systemctl show --property=Description kafka").out,
                  HasSubstr("Apache Kafka " + version));
    }
  }
};

TEST_F(ClusterUpgradeTest, LosesNoMessageAndIsMadePermanentWhereThatIsWanted) {
  const Outcome started = up_with("4.2.1");
  ASSERT_EQ(started.exit_status, 0) << started.all();
  roll_under_load("4.3.1");
  if (HasFailure()) return;
  // What 4.2.1 has formatted it can read, as long as nobody finalizes.
  EXPECT_THAT(up_with("4.2.1").err, HasSubstr("--allow lower-version"));

  const Outcome finalized = up_with("4.3.1", {"--finalize"});
  EXPECT_EQ(finalized.exit_status, 0) << finalized.all();
  EXPECT_THAT(finalized.out, HasSubstr("metadata.version is 4.3-IV0 for good"));
  EXPECT_THAT(up_with("4.2.1", {"--allow", "lower-version"}).err,
              HasSubstr("the cluster's metadata.version is 4.3"));
}

class ClusterUpgradeNightly : public ClusterUpgradeTest {
 protected:
  void TearDown() override { forget_cluster(); }
};

TEST_F(ClusterUpgradeNightly, LosesNoMessageWhileItGoesBack) {
  ASSERT_EQ(up_with("4.2.1").exit_status, 0);
  ASSERT_EQ(up_with("4.3.1").exit_status, 0);
  roll_under_load("4.2.1", {"--allow", "lower-version"});
}

}  // namespace
}  // namespace baker::testing
