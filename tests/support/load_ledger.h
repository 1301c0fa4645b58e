// What became of the messages of a load on Kafka: which were acknowledged, which came back, in what
// order. It only counts: who sends and reads tells it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace baker::testing {

struct LoadFigures {
  std::int64_t sent = 0;
  std::int64_t acknowledged = 0;
  std::int64_t failed = 0;        // given up by the producer
  std::int64_t read = 0;          // each message once
  std::int64_t lost = 0;          // acknowledged and never read
  std::int64_t duplicated = 0;    // in the log twice
  std::int64_t out_of_order = 0;  // read after one of its partition that was sent later
  std::int64_t strangers = 0;     // read and never sent
  std::string first_duplicate;    // which one, and where
  // The consumer was given it again, from the same place: librdkafka 2.0 may go back to a position
  // that it has passed (its issues 4637 and 4686). The log is as it should be.
  std::int64_t read_again = 0;
  // Between two acknowledgements of any partition, and of the partition that waited longest.
  std::chrono::milliseconds longest_silence{0};
  std::chrono::milliseconds longest_silence_of_a_partition{0};
};

std::string text_of(const LoadFigures& figures);

// Messages of a partition are numbered from 0 in the order of sending.
class LoadLedger {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit LoadLedger(int partitions);

  // The number of the message that is about to be sent.
  std::int64_t next_number(int partition) const;
  void send(int partition);
  void acknowledge(int partition, std::int64_t number, Time when);
  void fail();
  // In the order in which the consumer gets them. `offset` must rise, too.
  void read(int partition, std::int64_t offset, std::int64_t number);

  LoadFigures figures() const;
  bool each_partition_has_acknowledged() const;

 private:
  struct Message {
    bool acknowledged = false;
    bool read = false;
    std::int64_t offset = -1;  // where it was read
  };
  struct Silence {
    void end(Time when);

    Time last{};
    std::chrono::steady_clock::duration longest{0};
  };
  struct Partition {
    std::vector<Message> messages;
    Silence silence;
    std::int64_t last_offset = -1;
    std::int64_t last_number = -1;
  };

  std::vector<Partition> partitions_;
  LoadFigures counted_;  // but for the silences
  Silence silence_;
};

}  // namespace baker::testing
