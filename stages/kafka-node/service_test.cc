#include "service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/kafka-node/testing/a_node.h"

namespace baker::kafka_node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Installation kOld{{"3.9.1", {"/opt/kafka/libs/a.jar"}}, "/usr/lib/jvm/java-11-openjdk-amd64"};

TEST(ServiceUnit, LetsTheBrokerWriteToItsDataAlone) {
  EXPECT_THAT(service_unit(a_node(), kModern), HasSubstr("\nReadWritePaths=/srv/kafka\n"));
  EXPECT_THAT(service_unit(a_node(), kModern), HasSubstr("\nProtectSystem=strict\n"));
}

TEST(Client, WithTlsShowsItsCertificate) {
  NodeSettings node = a_node();
  node.tls = true;
  EXPECT_EQ(client_properties(node),
            "bootstrap.servers=10.88.0.11:9092\nsecurity.protocol=SSL\n"
            "ssl.keystore.location=/etc/kafka/tls/identity.pem\nssl.keystore.type=PEM\n"
            "ssl.truststore.location=/etc/kafka/tls/ca.pem\nssl.truststore.type=PEM\n");
  EXPECT_THAT(login_profile(node, kModern),
              HasSubstr(" --command-config /etc/kafka/client.properties --list\n"));
}

TEST(Client, WithoutTlsNeedsNoConfiguration) {
  EXPECT_EQ(client_properties(a_node()), "bootstrap.servers=10.88.0.11:9092\n");
  EXPECT_THAT(login_profile(a_node(), kModern),
              HasSubstr("--bootstrap-server \"$KAFKA_BROKERS\" --list\n"));
}

TEST(JvmArguments, NameTheArchiveOfClassesWhereThereIsOne) {
  EXPECT_THAT(jvm_arguments(a_node(), kModern), Not(HasSubstr("-Xshare")));
  Installation prepared = kModern;
  prepared.fast_start = "/prepared";
  EXPECT_THAT(jvm_arguments(a_node(), prepared),
              HasSubstr("\n-XX:SharedArchiveFile=/prepared/kafka.jsa\n"));
}

TEST(JvmArguments, CompileCodeOfAStartOnce) {
  EXPECT_THAT(jvm_arguments(a_node(), kModern), HasSubstr("-XX:Tier4InvocationThreshold=50000\n"));
}

TEST(ClassPath, NamesEveryJarInOneArgument) {
  EXPECT_EQ(class_path_arguments(kModern.kafka),
            "-cp \"\\\n/opt/kafka/libs/a.jar:\\\n/opt/kafka/libs/b.jar\"\n");
}

TEST(LogConfig, IsOfTheKindThatTheReleaseReads) {
  EXPECT_EQ(log_config_path(kModern.kafka), "/etc/kafka/log4j2.yaml");
  EXPECT_EQ(log_config_path(kOld.kafka), "/etc/kafka/log4j.properties");
  EXPECT_THAT(jvm_arguments(a_node(), kOld),
              HasSubstr("-Dlog4j.configuration=file:/etc/kafka/log4j.properties"));
}

TEST(LogConfig, WritesNoFiles) {
  EXPECT_THAT(log_config(a_node(), kModern.kafka), Not(HasSubstr("File")));
  EXPECT_THAT(log_config(a_node(), kOld.kafka), Not(HasSubstr("File")));
}

TEST(ClientProperties, SayWhereTheBrokersAre) {
  NodeSettings node = a_node();
  node.hosts = {"10.88.0.11", "fd00::12"};
  EXPECT_EQ(client_properties(node), "bootstrap.servers=10.88.0.11:9092,[fd00::12]:9092\n");
}

TEST(ClientProperties, StayAsTheyAreWhenAFourthNodeComes) {
  NodeSettings node = a_node();
  node.hosts = {"10.88.0.11", "10.88.0.12", "10.88.0.13"};
  const std::string three = client_properties(node);
  node.hosts.push_back("10.88.0.14");
  EXPECT_EQ(client_properties(node), three);
}

}  // namespace
}  // namespace baker::kafka_node
