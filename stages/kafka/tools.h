// The tools of Kafka's bin folder: their official names, and the classes behind them.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace baker::kafka {

struct Launcher {
  std::string name;        // "kafka-topics.sh"
  std::string main_class;  // "org.apache.kafka.tools.TopicCommand"
  std::string heap;        // Java's options where KAFKA_HEAP_OPTS is not set
  bool server = false;     // runs on, may go to the background, logs as a server does
};

// Those that these classes can run; main classes have moved between releases.
std::vector<Launcher> launchers_for(const std::set<std::string>& classes);

}  // namespace baker::kafka
