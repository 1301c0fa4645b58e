// One address that is being connected to, without ever blocking but for the lookup of a name.
#pragma once

#include <chrono>
#include <string>

namespace baker {

class Connection {
 public:
  // "HOST:PORT" or "[IPV6]:PORT"; throws StageError where it is neither.
  explicit Connection(const std::string& address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins an attempt, or looks how the last one went. True once a connection was accepted; it is
  // closed at once.
  bool try_on();

  const std::string& address() const { return address_; }
  const std::string& seen() const { return seen_; }  // why there is no connection yet
  bool pending() const { return socket_ >= 0; }      // an attempt has no answer yet
  int socket() const { return socket_; }             // writable once it has

 private:
  void begin();
  bool look();
  void fail(const std::string& why);
  void close_socket();

  std::string address_, host_, port_;
  std::string seen_ = "no answer";
  int socket_ = -1;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::milliseconds patience_;  // of this attempt
};

}  // namespace baker
