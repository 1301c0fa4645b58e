#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check_properties.h"
#include "cluster_id.h"

namespace baker::kafka_node {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

NodeSettings node_of(std::int64_t nodes, std::int64_t id) {
  NodeSettings node{.id = id, .cluster_id = cluster_id_of("test")};
  for (std::int64_t each = 1; each <= nodes; ++each) {
    node.hosts.push_back("10.88.0." + std::to_string(10 + each));
  }
  return node;
}

Properties properties_of(const NodeSettings& node) {
  return properties_of(node, true);
}

std::vector<std::string> mistakes_with(const std::map<std::string, std::string>& config,
                                       NodeSettings node = node_of(3, 1)) {
  node.config = config;
  return mistakes_in_properties(properties_of(node), node);
}

TEST(Properties, OfTheFirstOfThreeNodesMakeItABrokerAndAController) {
  const Properties all = properties_of(node_of(3, 1));
  EXPECT_THAT(all, Contains(Pair("process.roles", "broker,controller")));
  EXPECT_THAT(all, Contains(Pair("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093")));
  EXPECT_THAT(all, Contains(Pair("advertised.listeners", "PLAINTEXT://10.88.0.11:9092")));
  EXPECT_THAT(all, Contains(Pair("controller.quorum.voters",
                                 "1@10.88.0.11:9093,2@10.88.0.12:9093,3@10.88.0.13:9093")));
}

TEST(Properties, OfTheFourthNodeMakeItABrokerThatDoesNotListenAsAController) {
  const Properties all = properties_of(node_of(4, 4));
  EXPECT_THAT(all, Contains(Pair("process.roles", "broker")));
  EXPECT_THAT(all, Contains(Pair("listeners", "PLAINTEXT://:9092")));
  EXPECT_THAT(all.at("controller.quorum.voters"), Not(HasSubstr("4@")));
}

TEST(Properties, BelowThreeNodesThereIsOneController) {
  EXPECT_EQ(properties_of(node_of(2, 1)).at("controller.quorum.voters"), "1@10.88.0.11:9093");
  EXPECT_EQ(properties_of(node_of(2, 2)).at("process.roles"), "broker");
}

struct Replication {
  std::int64_t nodes;
  std::string replicas, in_sync;
};
class ReplicationOf : public ::testing::TestWithParam<Replication> {};

TEST_P(ReplicationOf, FollowsFromTheNumberOfNodes) {
  const Properties all = properties_of(node_of(GetParam().nodes, 1));
  for (const char* key : {"default.replication.factor", "offsets.topic.replication.factor",
                          "transaction.state.log.replication.factor",
                          "share.coordinator.state.topic.replication.factor"}) {
    EXPECT_THAT(all, Contains(Pair(key, GetParam().replicas)));
  }
  for (const char* key : {"min.insync.replicas", "transaction.state.log.min.isr",
                          "share.coordinator.state.topic.min.isr"}) {
    EXPECT_THAT(all, Contains(Pair(key, GetParam().in_sync)));
  }
}
INSTANTIATE_TEST_SUITE_P(Nodes, ReplicationOf,
                         ::testing::Values(Replication{1, "1", "1"}, Replication{2, "2", "1"},
                                           Replication{3, "3", "2"}, Replication{5, "3", "2"}));

TEST(Properties, BeforeKafka4KnowNothingOfShareGroups) {
  EXPECT_EQ(properties_of(node_of(3, 1), false).count("share.coordinator.state.topic.min.isr"), 0u);
}

TEST(Properties, TakeTheUsersValuesOverTheirOwn) {
  NodeSettings node = node_of(3, 1);
  node.config = {{"min.insync.replicas", "1"}, {"log.retention.hours", "24"}};
  EXPECT_THAT(properties_of(node), Contains(Pair("min.insync.replicas", "1")));
  EXPECT_THAT(properties_of(node), Contains(Pair("log.retention.hours", "24")));
}

TEST(Properties, WithTlsLeaveNobodyWithoutACertificateIn) {
  NodeSettings node = node_of(3, 1);
  node.tls = true;
  const Properties all = properties_of(node);
  EXPECT_THAT(all, Contains(Pair("listeners", "SSL://:9092,CONTROLLER://:9093")));
  EXPECT_THAT(all, Contains(Pair("advertised.listeners", "SSL://10.88.0.11:9092")));
  EXPECT_THAT(all, Contains(Pair("inter.broker.listener.name", "SSL")));
  EXPECT_THAT(all, Contains(Pair("listener.security.protocol.map", "SSL:SSL,CONTROLLER:SSL")));
  EXPECT_THAT(all, Contains(Pair("ssl.client.auth", "required")));
  EXPECT_THAT(all, Contains(Pair("ssl.keystore.location", "/etc/kafka/tls/identity.pem")));
  EXPECT_EQ(all.count("ssl.endpoint.identification.algorithm"), 0u) << "Kafka's default checks it";
  EXPECT_THAT(mistakes_in_properties(all, node), IsEmpty());
}

TEST(Properties, WithoutTlsSayNothingOfIt) {
  for (const auto& [key, value] : properties_of(node_of(3, 1)))
    EXPECT_FALSE(key.starts_with("ssl"));
}

TEST(PropertiesText, KeepsBackslashesAndLeadingSpaces) {
  EXPECT_EQ(properties_text({{"a", "x\\y"}, {"b", " z"}}), "a=x\\\\y\nb=\\ z\n");
}

class NodeOf : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(NodeOf, AnySizeFitsTogether) {
  const NodeSettings node = node_of(GetParam().first, GetParam().second);
  EXPECT_THAT(mistakes_in_properties(properties_of(node), node), IsEmpty());
  EXPECT_THAT(mistakes_in_settings(node), IsEmpty());
  EXPECT_THAT(mistakes_in_hosts(node.hosts), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Sizes, NodeOf,
                         ::testing::Values(std::pair(1, 1), std::pair(2, 2), std::pair(3, 3),
                                           std::pair(5, 4)));

TEST(Mistakes, AnIdNeedsAHost) {
  EXPECT_THAT(mistakes_in_settings(node_of(3, 4)), ElementsAre(HasSubstr("id 4 has no host")));
}

TEST(Mistakes, TwoPortsCanNotBeOne) {
  NodeSettings node = node_of(1, 1);
  node.controller_port = node.port;
  EXPECT_THAT(mistakes_in_settings(node), ElementsAre(HasSubstr("are both 9092")));
}

TEST(Mistakes, AClusterIdIsChecked) {
  NodeSettings node = node_of(1, 1);
  node.cluster_id = "mine";
  EXPECT_THAT(mistakes_in_settings(node), ElementsAre(HasSubstr("`cluster-id` \"mine\"")));
}

TEST(Mistakes, HostsAreAddressesThatOthersReach) {
  EXPECT_THAT(mistakes_in_hosts({}), ElementsAre(HasSubstr("empty")));
  EXPECT_THAT(mistakes_in_hosts({"a", "a"}), ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(mistakes_in_hosts({"a:9092/x"}),
              ElementsAre(HasSubstr("neither a name nor an address")));
  EXPECT_THAT(mistakes_in_hosts({"0.0.0.0"}), ElementsAre(HasSubstr("can't be advertised")));
  EXPECT_THAT(mistakes_in_hosts({"a", "localhost"}), ElementsAre(HasSubstr("another machine")));
  EXPECT_THAT(mistakes_in_hosts({"127.0.0.1"}), IsEmpty());
}

TEST(Mistakes, ConfigMayNotSayWhatOptionsSay) {
  NodeSettings node = node_of(3, 1);
  node.config = {{"node.id", "7"}};
  EXPECT_THAT(mistakes_in_config(node), ElementsAre(HasSubstr("set the option `id`")));
  node.config = {{"zookeeper.connect", "z:2181"}};
  EXPECT_THAT(mistakes_in_config(node), ElementsAre(HasSubstr("without ZooKeeper")));
}

TEST(Mistakes, ConfigCanNotSmuggleASettingIntoAValue) {
  NodeSettings node = node_of(3, 1);
  node.config = {{"log.cleaner.enable", "true\nnode.id=9"}};
  EXPECT_THAT(mistakes_in_config(node), ElementsAre(HasSubstr("several lines")));
  node.config = {{"a=b", "c"}};
  EXPECT_THAT(mistakes_in_config(node), ElementsAre(HasSubstr("not a name of a setting")));
}

TEST(Mistakes, AControllerListensAsOne) {
  EXPECT_THAT(mistakes_with({{"listeners", "PLAINTEXT://:9092"}}),
              ElementsAre(HasSubstr("listeners has no CONTROLLER")));
}

TEST(Mistakes, ABrokerDoesNotListenAsAController) {
  EXPECT_THAT(mistakes_with({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"}}, node_of(4, 4)),
              ElementsAre(HasSubstr("only a broker")));
}

TEST(Mistakes, TheControllersPortIsTheOneThatOthersUse) {
  EXPECT_THAT(mistakes_with({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9999"}}),
              ElementsAre(HasSubstr("look for it on port 9093")));
}

TEST(Mistakes, WhatIsAdvertisedIsListenedOn) {
  EXPECT_THAT(mistakes_with({{"advertised.listeners", "PLAINTEXT://a:9092,OUT://b:9094"}}),
              ElementsAre(HasSubstr("names OUT, which is not among listeners")));
}

TEST(Mistakes, NoneAdvertisesEveryAddress) {
  EXPECT_THAT(mistakes_with({{"advertised.listeners", "PLAINTEXT://0.0.0.0:9092"}}),
              ElementsAre(HasSubstr("no address to connect to")));
}

TEST(Mistakes, BrokersTalkOnAListenerThatIsAdvertised) {
  EXPECT_THAT(mistakes_with({{"inter.broker.listener.name", "INSIDE"}}),
              ElementsAre(HasSubstr("other brokers could not reach this one")));
}

TEST(Mistakes, TwoListenersCanNotShareAPort) {
  EXPECT_THAT(mistakes_with({{"listeners", "PLAINTEXT://:9093,CONTROLLER://:9093"}}),
              ElementsAre(HasSubstr("two listeners want port 9093")));
}

TEST(Mistakes, EveryListenerHasAProtocol) {
  EXPECT_THAT(mistakes_with({{"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT"}}),
              ElementsAre(HasSubstr("says nothing of CONTROLLER")));
  EXPECT_THAT(mistakes_with({{"listener.security.protocol.map", "PLAINTEXT:TLS,CONTROLLER:SSL"}}),
              ElementsAre(HasSubstr("\"PLAINTEXT:TLS\"")));
}

TEST(Mistakes, WithTlsNoListenerIsOpen) {
  NodeSettings node = node_of(3, 1);
  node.tls = true;
  const std::string open = "SSL:SSL,CONTROLLER:SSL,OUT:PLAINTEXT";
  const std::string listeners = "SSL://:9092,CONTROLLER://:9093,OUT://:9094";
  EXPECT_THAT(
      mistakes_with({{"listeners", listeners}, {"listener.security.protocol.map", open}}, node),
      ElementsAre(HasSubstr("listener OUT is PLAINTEXT, and `tls` is on")));
}

TEST(Mistakes, AListenerHasAForm) {
  EXPECT_THAT(mistakes_with({{"listeners", ":9092"}}), ElementsAre(HasSubstr("NAME://HOST:PORT")));
}

TEST(Mistakes, TheMechanismBetweenBrokersIsEnabled) {
  const std::string protocols = "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT";
  EXPECT_THAT(mistakes_with({{"listener.security.protocol.map", protocols},
                             {"sasl.enabled.mechanisms", "SCRAM-SHA-512, PLAIN"}}),
              ElementsAre(HasSubstr("SASL mechanism GSSAPI")));
  EXPECT_THAT(mistakes_with({{"listener.security.protocol.map", protocols},
                             {"sasl.enabled.mechanisms", "SCRAM-SHA-512, PLAIN"},
                             {"sasl.mechanism.inter.broker.protocol", "PLAIN"}}),
              IsEmpty());
}

TEST(Mistakes, ReplicasNeedBrokers) {
  EXPECT_THAT(mistakes_with({{"default.replication.factor", "5"}}),
              ElementsAre(HasSubstr("there are 3 brokers")));
  EXPECT_THAT(mistakes_with({{"default.replication.factor", "many"}}),
              ElementsAre(HasSubstr("whole number")));
}

TEST(Mistakes, MoreInSyncThanReplicasCanNotBeWritten) {
  EXPECT_THAT(mistakes_with({{"min.insync.replicas", "4"}}), ElementsAre(HasSubstr("acks=all")));
}

TEST(Mistakes, RetentionIsATimeOrForever) {
  EXPECT_THAT(mistakes_with({{"log.retention.hours", "0"}}),
              ElementsAre(HasSubstr("log.retention.hours must be at least 1")));
  EXPECT_THAT(mistakes_with({{"log.retention.ms", "-1"}}), IsEmpty());
  EXPECT_THAT(mistakes_with({{"log.roll.ms", "0"}}), ElementsAre(HasSubstr("log.roll.ms")));
}

TEST(Mistakes, HeartbeatsFitIntoTheSession) {
  EXPECT_THAT(mistakes_with({{"broker.heartbeat.interval.ms", "2000"}}),
              ElementsAre(HasSubstr("session timeout of 3000 ms")));
}

}  // namespace
}  // namespace baker::kafka_node
