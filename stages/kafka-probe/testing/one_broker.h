// A real Kafka of one node, on the loopback interface.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace baker::testing {

// Gives this process and all that it starts from now on a network of their own with nothing in it
// but loopback, where every port is free. Needs root.
void enter_private_network();

class OneBroker {
 public:
  // Formats `folder`/data with the Kafka that lies in `kafka` and starts a broker and controller,
  // node 1, at 127.0.0.1:9092, and with mutual TLS at 127.0.0.1:9094. Returns before it serves.
  OneBroker(const std::filesystem::path& kafka, const std::filesystem::path& folder);
  // Ends it at once.
  ~OneBroker();
  OneBroker(const OneBroker&) = delete;
  OneBroker& operator=(const OneBroker&) = delete;

  const std::filesystem::path& data() const { return data_; }
  std::string log() const;
  // ca.crt, client.crt, client.key
  std::filesystem::path certificate(const std::string& name) const { return folder_ / name; }

 private:
  void start(const std::filesystem::path& program, const std::filesystem::path& settings);

  std::filesystem::path folder_;
  std::filesystem::path data_;
  std::filesystem::path log_;
  pid_t process_ = -1;
};

}  // namespace baker::testing
