#include "tools.h"

#include <algorithm>

namespace baker::kafka {
namespace {

struct Tool {
  const char* name;
  std::vector<const char*> main_classes;  // where it is, or has been; the first that exists
  const char* heap = "-Xmx256M";
  bool server = false;
  const char* needs = nullptr;  // one more class, without which the main class is of no use
};

const std::vector<Tool>& tools() {
  static const std::vector<Tool> all = {
      {"connect-distributed.sh",
       {"org.apache.kafka.connect.cli.ConnectDistributed"},
       "-Xms256M -Xmx2G",
       true},
      {"connect-mirror-maker.sh",
       {"org.apache.kafka.connect.mirror.MirrorMaker"},
       "-Xms256M -Xmx2G",
       true},
      {"connect-plugin-path.sh",
       {"org.apache.kafka.tools.ConnectPluginPath"},
       "-Xmx256M",
       false,
       "org.apache.kafka.connect.cli.ConnectStandalone"},
      {"connect-standalone.sh",
       {"org.apache.kafka.connect.cli.ConnectStandalone"},
       "-Xms256M -Xmx2G",
       true},
      {"kafka-acls.sh", {"org.apache.kafka.tools.AclCommand", "kafka.admin.AclCommand"}},
      {"kafka-broker-api-versions.sh",
       {"org.apache.kafka.tools.BrokerApiVersionsCommand", "kafka.admin.BrokerApiVersionsCommand"}},
      {"kafka-client-metrics.sh", {"org.apache.kafka.tools.ClientMetricsCommand"}},
      {"kafka-cluster.sh", {"org.apache.kafka.tools.ClusterTool"}},
      {"kafka-configs.sh", {"org.apache.kafka.tools.ConfigCommand", "kafka.admin.ConfigCommand"}},
      {"kafka-console-consumer.sh",
       {"org.apache.kafka.tools.consumer.ConsoleConsumer"},
       "-Xmx512M"},
      {"kafka-console-producer.sh",
       {"org.apache.kafka.tools.ConsoleProducer", "kafka.tools.ConsoleProducer"},
       "-Xmx512M"},
      {"kafka-console-share-consumer.sh",
       {"org.apache.kafka.tools.consumer.ConsoleShareConsumer"},
       "-Xmx512M"},
      {"kafka-consumer-groups.sh", {"org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"}},
      {"kafka-consumer-perf-test.sh", {"org.apache.kafka.tools.ConsumerPerformance"}, "-Xmx512M"},
      {"kafka-delegation-tokens.sh", {"org.apache.kafka.tools.DelegationTokenCommand"}},
      {"kafka-delete-records.sh", {"org.apache.kafka.tools.DeleteRecordsCommand"}},
      {"kafka-dump-log.sh",
       {"org.apache.kafka.tools.DumpLogSegments", "kafka.tools.DumpLogSegments"}},
      {"kafka-e2e-latency.sh", {"org.apache.kafka.tools.EndToEndLatency"}},
      {"kafka-features.sh", {"org.apache.kafka.tools.FeatureCommand"}},
      {"kafka-get-offsets.sh", {"org.apache.kafka.tools.GetOffsetShell"}},
      {"kafka-groups.sh", {"org.apache.kafka.tools.GroupsCommand"}},
      {"kafka-jmx.sh", {"org.apache.kafka.tools.JmxTool"}},
      {"kafka-leader-election.sh", {"org.apache.kafka.tools.LeaderElectionCommand"}},
      {"kafka-log-dirs.sh", {"org.apache.kafka.tools.LogDirsCommand"}},
      {"kafka-metadata-quorum.sh", {"org.apache.kafka.tools.MetadataQuorumCommand"}},
      {"kafka-metadata-shell.sh", {"org.apache.kafka.shell.MetadataShell"}},
      {"kafka-mirror-maker.sh", {"kafka.tools.MirrorMaker"}},
      {"kafka-producer-perf-test.sh", {"org.apache.kafka.tools.ProducerPerformance"}, "-Xmx512M"},
      {"kafka-reassign-partitions.sh",
       {"org.apache.kafka.tools.reassign.ReassignPartitionsCommand"}},
      {"kafka-replica-verification.sh", {"org.apache.kafka.tools.ReplicaVerificationTool"}},
      {"kafka-server-start.sh", {"kafka.Kafka"}, "-Xmx1G -Xms1G", true},
      {"kafka-share-consumer-perf-test.sh",
       {"org.apache.kafka.tools.ShareConsumerPerformance"},
       "-Xmx512M"},
      {"kafka-share-groups.sh", {"org.apache.kafka.tools.consumer.group.ShareGroupCommand"}},
      {"kafka-storage.sh", {"kafka.tools.StorageTool"}},
      {"kafka-streams-application-reset.sh",
       {"org.apache.kafka.tools.StreamsResetter"},
       "-Xmx512M"},
      {"kafka-streams-groups.sh", {"org.apache.kafka.tools.streams.StreamsGroupCommand"}},
      {"kafka-topics.sh", {"org.apache.kafka.tools.TopicCommand"}},
      {"kafka-transactions.sh", {"org.apache.kafka.tools.TransactionsCommand"}},
      {"kafka-verifiable-consumer.sh", {"org.apache.kafka.tools.VerifiableConsumer"}, "-Xmx512M"},
      {"kafka-verifiable-producer.sh", {"org.apache.kafka.tools.VerifiableProducer"}, "-Xmx512M"},
      {"kafka-verifiable-share-consumer.sh",
       {"org.apache.kafka.tools.VerifiableShareConsumer"},
       "-Xmx512M"},
      {"zookeeper-security-migration.sh", {"kafka.admin.ZkSecurityMigrator"}},
      {"zookeeper-server-start.sh",
       {"org.apache.zookeeper.server.quorum.QuorumPeerMain"},
       "-Xmx512M -Xms512M",
       true},
      {"zookeeper-shell.sh", {"org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"}},
  };
  return all;
}

}  // namespace

std::vector<Launcher> launchers_for(const std::set<std::string>& classes) {
  std::vector<Launcher> launchers;
  for (const Tool& tool : tools()) {
    const auto& candidates = tool.main_classes;
    const auto main_class =
        std::find_if(candidates.begin(), candidates.end(),
                     [&](const char* candidate) { return classes.contains(candidate); });
    if (main_class == candidates.end()) continue;
    if (tool.needs && !classes.contains(tool.needs)) continue;
    launchers.push_back({tool.name, *main_class, tool.heap, tool.server});
  }
  return launchers;
}

}  // namespace baker::kafka
