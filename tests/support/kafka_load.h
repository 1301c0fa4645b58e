// A load on a Kafka cluster as a careful user would make it: an idempotent producer that waits for
// all replicas, and a consumer that reads along, through librdkafka.
#pragma once

#include <memory>
#include <string>

#include "tests/support/load_ledger.h"

namespace baker::testing {

struct KafkaLoadSettings {
  std::string brokers;  // "10.88.0.11:9092,…"
  std::string topic;    // is made, with three partitions of three replicas each
  int messages_per_second = 1500;
};

// Runs in threads of its own, in the network that the caller is in when it is made.
class KafkaLoad {
 public:
  // Returns when each partition has acknowledged a message. Throws where that does not happen.
  explicit KafkaLoad(const KafkaLoadSettings& settings);
  ~KafkaLoad();
  KafkaLoad(const KafkaLoad&) = delete;
  KafkaLoad& operator=(const KafkaLoad&) = delete;

  // So far.
  LoadFigures figures() const;
  // Waits until so many more messages than now have been acknowledged. Returns whether they were,
  // within three minutes.
  bool goes_on(std::int64_t messages = 1000) const;
  // Sends no more, and waits until all that was sent has been answered and read, for three minutes
  // at most each.
  LoadFigures finish();
  // What librdkafka complained of first where a message failed or the consumer had to stop.
  std::string complaint() const;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace baker::testing
