#include "admin.h"

#include <baker/sdk/error.h>

#include <algorithm>

namespace baker::kafka_probe {
namespace {

constexpr int kWakeUp = 20;  // milliseconds

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;

AdminOptions options_for(Connection& producer, rd_kafka_admin_op_t operation,
                         milliseconds patience) {
  AdminOptions options(rd_kafka_AdminOptions_new(producer.get(), operation));
  char reason[256];
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(patience.count()),
                                                reason,
                                                sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw StageError(std::string("librdkafka refuses a time to wait: ") + reason);
  return options;
}

NewTopic topic_of_short_memory(const std::string& name, int replicas) {
  char reason[256];
  NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), 1, replicas, reason, sizeof reason));
  if (!topic) throw StageError("the topic \"" + name + "\" can't be made: " + reason);
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "600000");
  rd_kafka_NewTopic_set_config(topic.get(), "segment.bytes", "1048576");
  return topic;
}

// Of a request that was made, which has its own end of patience. A flush wakes the threads that
// send: librdkafka may else leave a request lying for a second where the broker was just met.
Event next_event(Connection& producer, rd_kafka_queue_t* answers) {
  for (;;) {
    rd_kafka_flush(producer.get(), 0);
    if (Event event(rd_kafka_queue_poll(answers, kWakeUp)); event) return event;
  }
}

std::string reason_of(rd_kafka_resp_err_t error, const char* text) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return "";
  return text ? text : rd_kafka_err2str(error);
}

// Asks a broker for a setting that all have.
void ask(Connection& producer, const Broker& broker, rd_kafka_queue_t* answers,
         milliseconds patience) {
  const AdminOptions options = options_for(producer, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, patience);
  rd_kafka_AdminOptions_set_opaque(options.get(), const_cast<Broker*>(&broker));
  const Resource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, std::to_string(broker.id).c_str()));
  rd_kafka_ConfigResource_set_config(resource.get(), "node.id", "");
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(producer.get(), resources, 1, options.get(), answers);
}

// An error that the broker itself reports is an answer, too; librdkafka's own are below zero.
bool is_answer(const rd_kafka_event_t* event) {
  return rd_kafka_event_error(const_cast<rd_kafka_event_t*>(event)) >= 0;
}

}  // namespace

std::string create_topic(Connection& producer, const std::string& name, int replicas,
                         milliseconds patience) {
  const Queue answers(rd_kafka_queue_new(producer.get()));
  const AdminOptions options = options_for(producer, RD_KAFKA_ADMIN_OP_CREATETOPICS, patience);
  const NewTopic topic = topic_of_short_memory(name, replicas);
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(producer.get(), topics, 1, options.get(), answers.get());

  const Event event = next_event(producer, answers.get());
  std::string failure =
      reason_of(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
  if (!failure.empty()) return failure;
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return reason_of(rd_kafka_topic_result_error(results[0]),
                   rd_kafka_topic_result_error_string(results[0]));
}

std::vector<Broker> silent_brokers(Connection& producer, const std::vector<Broker>& brokers,
                                   milliseconds patience) {
  const Queue answers(rd_kafka_queue_new(producer.get()));
  for (const Broker& broker : brokers) ask(producer, broker, answers.get(), patience);
  std::vector<Broker> silent;
  for (std::size_t i = 0; i < brokers.size(); ++i) {
    const Event event = next_event(producer, answers.get());
    const auto* broker = static_cast<const Broker*>(rd_kafka_event_opaque(event.get()));
    if (!is_answer(event.get())) silent.push_back(*broker);
  }
  std::ranges::sort(silent, {}, &Broker::id);
  return silent;
}

}  // namespace baker::kafka_probe
