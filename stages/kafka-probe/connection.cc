#include "connection.h"

#include "complaint.h"
#include "endpoint.h"

#include <baker/sdk/error.h>
#include <fmt/core.h>

namespace baker::kafka_probe {
namespace {

using ClientConfig = std::map<std::string, std::string>;

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

// A probe waits for changes: it tries again soon, and gives up soon on who does not answer. It
// connects to all brokers at once: one by one, a broker that is down would cost a second.
ClientConfig common_settings() {
  return {{"client.id", "baker-probe"},
          {"reconnect.backoff.ms", "50"},
          {"reconnect.backoff.max.ms", "100"},
          {"socket.connection.setup.timeout.ms", "1000"},
          {"topic.metadata.refresh.interval.ms", "1000"},
          {"topic.metadata.refresh.fast.interval.ms", "50"},
          {"enable.sparse.connections", "false"},
          {"log_level", "0"}};
}

ClientConfig client_config_of(rd_kafka_type_t type) {
  ClientConfig settings = common_settings();
  if (type == RD_KAFKA_PRODUCER) {
    // Idempotence would cost a constant second before the first message.
    settings.insert({{"enable.idempotence", "false"}, {"acks", "all"}});
  } else {
    settings.insert({{"fetch.wait.max.ms", "50"}, {"fetch.error.backoff.ms", "50"}});
  }
  return settings;
}

std::string list_of(const std::vector<std::string>& endpoints) {
  std::string list;
  for (const std::string& each : endpoints) list += (list.empty() ? "" : ",") + each;
  return list;
}

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char reason[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) !=
      RD_KAFKA_CONF_OK)
    throw StageError("librdkafka refuses " + name + " = \"" + value + "\": " + reason);
}

// From 2.5 on librdkafka pushes metrics, and waits up to a second for that when a client is closed
// (KIP-714). Before, it does not know the setting.
void push_no_metrics(rd_kafka_conf_t* conf) {
  rd_kafka_conf_set(conf, "enable.metrics.push", "false", nullptr, 0);
}

Conf conf_of(rd_kafka_type_t type, const Access& access) {
  Conf conf(rd_kafka_conf_new());
  push_no_metrics(conf.get());
  set(conf.get(), "bootstrap.servers", list_of(access.brokers));
  for (const auto& [name, value] : client_config_of(type)) set(conf.get(), name, value);
  for (const auto& [name, value] : access.settings) set(conf.get(), name, value);
  return conf;
}

Partition partition_of(const std::string& topic, const rd_kafka_metadata_partition_t& partition) {
  return {fmt::format("{}-{}", topic, partition.id),
          partition.leader,
          {partition.replicas, partition.replicas + partition.replica_cnt},
          {partition.isrs, partition.isrs + partition.isr_cnt}};
}

Cluster cluster_of(const rd_kafka_metadata_t& metadata) {
  Cluster cluster;
  for (int i = 0; i < metadata.broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& broker = metadata.brokers[i];
    cluster.brokers.push_back({broker.id, endpoint(broker.host, broker.port)});
  }
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata.topics[i];
    for (int j = 0; j < topic.partition_cnt; ++j)
      cluster.partitions.push_back(partition_of(topic.topic, topic.partitions[j]));
  }
  return cluster;
}

}  // namespace

Connection::Connection(rd_kafka_type_t type, const Access& access, Delivered delivered) {
  Conf conf = conf_of(type, access);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), &Connection::complain);
  if (delivered) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  char reason[512];
  rd_kafka_conf_t* given = conf.release();  // to the handle, unless it can't be made
  handle_.reset(rd_kafka_new(type, given, reason, sizeof reason));
  if (handle_) return;
  rd_kafka_conf_destroy(given);
  throw StageError(std::string("librdkafka can't start: ") + reason);
}

std::optional<Cluster> Connection::cluster(milliseconds patience) {
  const rd_kafka_metadata_t* found = nullptr;
  const int timeout = static_cast<int>(patience.count());
  const auto error = rd_kafka_metadata(get(), /*all_topics=*/1, nullptr, &found, timeout);
  const Metadata metadata(found);
  rd_kafka_poll(get(), 0);  // complaints
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  Cluster cluster = cluster_of(*metadata);
  cluster.controller = rd_kafka_controllerid(get(), 0);
  return cluster;
}

void Connection::complain(rd_kafka_t*, int, const char* reason, void* self) {
  const Complaint complaint = parse_complaint(reason);
  if (complaint.endpoint.empty()) return;
  static_cast<Connection*>(self)->complaints_[complaint.endpoint] = complaint.reason;
}

}  // namespace baker::kafka_probe
