#include "tests/support/load_ledger.h"

#include <algorithm>

namespace baker::testing {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string duplicate(int partition, std::int64_t number, std::int64_t before, std::int64_t now) {
  return "message " + std::to_string(number) + " of partition " + std::to_string(partition) +
         " is in the log at offsets " + std::to_string(before) + " and " + std::to_string(now);
}

}  // namespace

std::string text_of(const LoadFigures& figures) {
  auto count = [](std::int64_t number, const char* what) {
    return std::to_string(number) + " " + what;
  };
  return count(figures.sent, "sent, ") + count(figures.acknowledged, "acknowledged, ") +
         count(figures.failed, "failed, ") + count(figures.read, "read back, ") +
         count(figures.lost, "lost, ") + count(figures.duplicated, "duplicated, ") +
         count(figures.read_again, "read again, ") + count(figures.out_of_order, "out of order, ") +
         count(figures.strangers, "never sent; longest silence between acknowledgements ") +
         count(figures.longest_silence.count(), "ms, of one partition ") +
         count(figures.longest_silence_of_a_partition.count(), "ms") +
         (figures.first_duplicate.empty() ? "" : "; " + figures.first_duplicate);
}

LoadLedger::LoadLedger(int partitions) : partitions_(static_cast<size_t>(partitions)) {}

void LoadLedger::Silence::end(Time when) {
  if (last != Time{}) longest = std::max(longest, when - last);
  last = when;
}

std::int64_t LoadLedger::next_number(int partition) const {
  return std::ssize(partitions_.at(static_cast<size_t>(partition)).messages);
}

void LoadLedger::send(int partition) {
  partitions_.at(static_cast<size_t>(partition)).messages.emplace_back();
  ++counted_.sent;
}

void LoadLedger::acknowledge(int partition, std::int64_t number, Time when) {
  Partition& of = partitions_.at(static_cast<size_t>(partition));
  Message& message = of.messages.at(static_cast<size_t>(number));
  message.acknowledged = true;
  ++counted_.acknowledged;
  if (!message.read) ++counted_.lost;  // so far
  of.silence.end(when);
  silence_.end(when);
}

void LoadLedger::fail() {
  ++counted_.failed;
}

void LoadLedger::read(int partition, std::int64_t offset, std::int64_t number) {
  Partition& of = partitions_.at(static_cast<size_t>(partition));
  if (number < 0 || number >= std::ssize(of.messages)) {
    ++counted_.strangers;
    return;
  }
  Message& message = of.messages[static_cast<size_t>(number)];
  if (message.read && message.offset == offset) {
    ++counted_.read_again;
  } else if (message.read) {
    ++counted_.duplicated;
    if (counted_.first_duplicate.empty())
      counted_.first_duplicate = duplicate(partition, number, message.offset, offset);
  } else {
    ++counted_.read;
    if (message.acknowledged) --counted_.lost;
    if (number < of.last_number || offset <= of.last_offset) ++counted_.out_of_order;
  }
  message.read = true;
  message.offset = offset;
  of.last_offset = std::max(of.last_offset, offset);
  of.last_number = std::max(of.last_number, number);
}

bool LoadLedger::each_partition_has_acknowledged() const {
  return std::all_of(partitions_.begin(), partitions_.end(),
                     [](const Partition& partition) { return partition.silence.last != Time{}; });
}

LoadFigures LoadLedger::figures() const {
  LoadFigures figures = counted_;
  figures.longest_silence = duration_cast<milliseconds>(silence_.longest);
  for (const Partition& partition : partitions_) {
    figures.longest_silence_of_a_partition =
        std::max(figures.longest_silence_of_a_partition,
                 duration_cast<milliseconds>(partition.silence.longest));
  }
  return figures;
}

}  // namespace baker::testing
