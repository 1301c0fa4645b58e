// A client of the cluster: librdkafka's handle and what it complains of.
#pragma once

#include "cluster.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_probe {

using std::chrono::milliseconds;

// How the cluster is reached.
struct Access {
  std::vector<std::string> brokers{};             // endpoints
  std::map<std::string, std::string> settings{};  // librdkafka's, on top of the probe's own
};

class Connection {
 public:
  using Delivered = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

  // Connects in the background. A producer can ask and administer as well; `delivered` is called
  // where librdkafka is polled or flushed. Throws StageError where librdkafka refuses a setting.
  Connection(rd_kafka_type_t type, const Access& access, Delivered delivered = nullptr);

  // What a broker says of the cluster; nothing where none answers in time.
  std::optional<Cluster> cluster(milliseconds patience);
  // The last trouble with each endpoint that had any.
  const std::map<std::string, std::string>& complaints() const { return complaints_; }

  rd_kafka_t* get() const { return handle_.get(); }

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  };
  static void complain(rd_kafka_t*, int error, const char* reason, void* self);

  std::map<std::string, std::string> complaints_;
  std::unique_ptr<rd_kafka_t, Destroy> handle_;  // last: complains until it is destroyed
};

}  // namespace baker::kafka_probe
