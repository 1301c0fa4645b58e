// Why a source did not give its content, and whether to ask it again.
#pragma once

#include "engine/io/download/transfer.h"

#include <chrono>
#include <optional>
#include <string>

namespace baker {

struct SourceFailure {
  std::string reason;                   // for a person
  bool passing = false;                 // it may be different the next time
  bool connected = false;               // the host is there
  bool truncated = false;               // less came than was announced
  bool silent = false;                  // connected, and then nothing for long
  bool connect_timeout = false;         // asking again would cost that time again
  std::chrono::seconds retry_after{0};  // as the server asks for, within reason
};

SourceFailure explain_failure(const Transfer& transfer, CURLcode code);

// Counts the attempts at one URL.
class RetryPolicy {
 public:
  explicit RetryPolicy(const TransferSettings& settings) : settings_(settings) {}

  // How long to wait before the next attempt; nothing where there should be none.
  std::optional<std::chrono::milliseconds> after(const SourceFailure& failure);
  // The download is further than any attempt before: the count of failures begins again.
  void made_progress() { failures_ = 0; }
  unsigned next_attempt() const { return failures_ + 1; }

 private:
  TransferSettings settings_;
  unsigned failures_ = 0;
  bool was_connected_ = false;
};

}  // namespace baker
