// One piece of content on its way from its sources into the store. Reports each step on stdout.
#pragma once

#include "engine/base/error.h"
#include "engine/io/download/partial_file.h"
#include "engine/io/download/report.h"
#include "engine/io/download/request.h"
#include "engine/io/download/source_failure.h"
#include "engine/io/download/transfer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace baker {

class Download {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `multi` carries out the transfers and outlives this.
  Download(WantedContent wanted, std::string store, const TransferSettings& settings, CURLM* multi);
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;
  ~Download();

  // Waits neither for the network nor for a lock, but first reads all that an earlier process left
  // of the content, to hash it.
  void step(Time now);
  // When to call step() again, if nothing happens before.
  Time next_step() const { return next_step_; }
  // libcurl has ended the transfer that this download had given to it. Waits for an fsync where all
  // has come.
  void transfer_ended(CURLcode code);
  bool is_transferring(const CURL* handle) const {
    return transfer_ && transfer_->handle() == handle;
  }

  bool finished() const { return finished_; }
  // Nothing where it came.
  std::optional<FailureKind> failure() const { return failure_; }

 private:
  template <typename Action>
  void failing_with_the_disk(const Action& action);
  bool finish_if_in_store();
  void start_transfer();
  bool take_body(std::string_view bytes);
  bool begin_body();
  void restart();
  void everything_came();
  void source_failed(const SourceFailure& failure);
  void report_progress_now_and_then(Time now);
  void fail(FailureKind kind, const std::string& message);
  const std::string& url() const { return wanted_.urls[source_]; }

  WantedContent wanted_;
  std::string store_;
  TransferSettings settings_;
  CURLM* multi_;

  std::size_t source_ = 0;
  RetryPolicy retries_;
  std::string failed_sources_;  // a line for each

  std::optional<PartialFile> partial_;
  std::uint64_t total_ = 0;    // 0: unknown
  std::uint64_t most_ = 0;     // the largest size that the content ever reached here
  bool is_patchwork_ = false;  // put together from several answers, or by an earlier process
  bool fetched_anew_ = false;  // since a patchwork did not match
  std::unique_ptr<Transfer> transfer_;
  bool body_began_ = false;
  bool wrong_range_ = false;
  bool too_long_ = false;
  std::optional<Error> disk_error_;

  Time next_step_{};
  std::uint64_t reported_ = 0;
  bool finished_ = false;
  std::optional<FailureKind> failure_;
};

}  // namespace baker
