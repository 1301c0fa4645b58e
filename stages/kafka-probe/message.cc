#include "message.h"

#include <algorithm>
#include <string_view>

namespace baker::kafka_probe {
namespace {

using std::chrono::steady_clock;

constexpr std::int32_t kPartition = 0;
constexpr int kFlushSlice = 20;  // milliseconds

milliseconds left_until(steady_clock::time_point end) {
  const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
  return std::max(left, milliseconds(0));
}

// A topic, looked up before it is used: librdkafka itself may take a second to look.
class Topic {
 public:
  Topic(const Connection& connection, const std::string& name, steady_clock::time_point end)
      : topic_(rd_kafka_topic_new(connection.get(), name.c_str(), nullptr)) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const int patience = static_cast<int>(left_until(end).count());
    if (!rd_kafka_metadata(connection.get(), /*all_topics=*/0, get(), &metadata, patience))
      rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_topic_t* get() const { return topic_.get(); }

 private:
  struct Destroy {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };
  std::unique_ptr<rd_kafka_topic_t, Destroy> topic_;
};

struct Delivery {
  bool done = false;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  std::int64_t offset = -1;
};

void note_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  *static_cast<Delivery*>(message->_private) = {true, message->err, message->offset};
}

Delivery send(const Access& access, const std::string& name, const std::string& text,
              steady_clock::time_point end) {
  Delivery delivery;
  const Connection producer(RD_KAFKA_PRODUCER, access, &note_delivery);
  const Topic topic(producer, name, end);
  if (rd_kafka_produce(topic.get(), kPartition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(text.data()),
                       text.size(), nullptr, 0, &delivery) != 0)
    return {true, rd_kafka_last_error()};
  // Each flush wakes the threads that send: one may have missed that its partition has a message.
  while (!delivery.done && left_until(end).count() > 0) rd_kafka_flush(producer.get(), kFlushSlice);
  return delivery;
}

// The partition of a topic, read by the old simple consumer: the new one needs a group, and asking
// for its coordinator makes the cluster create the topic of all groups.
class Reader {
 public:
  Reader(const Access& access, const std::string& name, std::int64_t offset,
         steady_clock::time_point end)
      : end_(end), consumer_(RD_KAFKA_CONSUMER, access), topic_(consumer_, name, end) {
    rd_kafka_consume_start(topic_.get(), kPartition, offset);
  }
  ~Reader() { rd_kafka_consume_stop(topic_.get(), kPartition); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Returns why there is no such message; empty where it is the next one.
  std::string expect(const std::string& text) {
    std::string failure = "it did not come back in time";
    while (left_until(end_).count() > 0) {
      const int patience = static_cast<int>(left_until(end_).count());
      const Message message(rd_kafka_consume(topic_.get(), kPartition, patience));
      if (!message) continue;
      const std::string_view got(static_cast<const char*>(message->payload), message->len);
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return got == text ? "" : "another one came back in its place";
      failure = rd_kafka_err2str(message->err);
    }
    return failure;
  }

 private:
  struct Destroy {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  };
  using Message = std::unique_ptr<rd_kafka_message_t, Destroy>;

  steady_clock::time_point end_;
  Connection consumer_;
  Topic topic_;
};

}  // namespace

std::string exchange_message(const Access& access, const std::string& topic,
                             const std::string& text, milliseconds patience) {
  const auto end = steady_clock::now() + patience;
  const Delivery delivery = send(access, topic, text, end);
  if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2str(delivery.error);
  return Reader(access, topic, delivery.offset, end).expect(text);
}

}  // namespace baker::kafka_probe
