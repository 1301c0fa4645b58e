#include "engine/io/download/download.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{200};
constexpr std::chrono::milliseconds kLockInterval{50};

}  // namespace

Download::Download(WantedContent wanted, std::string store, const TransferSettings& settings,
                   CURLM* multi)
    : wanted_(std::move(wanted)),
      store_(std::move(store)),
      settings_(settings),
      multi_(multi),
      retries_(settings) {}

Download::~Download() {
  if (transfer_) ::curl_multi_remove_handle(multi_, transfer_->handle());
}

template <typename Action>
void Download::failing_with_the_disk(const Action& action) try {
  action();
} catch (const Error& error) {
  fail(FailureKind::kDisk, "cannot keep \"" + wanted_.name + "\": " + error.describe());
}

void Download::step(Time now) {
  if (finished_ || now < next_step_) return;
  next_step_ = now + kProgressInterval;
  if (transfer_) return report_progress_now_and_then(now);
  failing_with_the_disk([&] {
    if (!partial_) {
      if (finish_if_in_store()) return;
      partial_ = PartialFile::try_lock(store_, wanted_.digest);
      if (!partial_) {
        next_step_ = now + kLockInterval;
        return;
      }
      if (finish_if_in_store()) return partial_->discard();
      is_patchwork_ = partial_->size() > 0;
      most_ = partial_->size();
    }
    start_transfer();
  });
}

bool Download::finish_if_in_store() {
  const auto size = size_in_store(store_, wanted_.digest);
  if (!size) return false;
  report_done(wanted_.name, wanted_.digest, *size);
  finished_ = true;
  return true;
}

void Download::start_transfer() {
  body_began_ = wrong_range_ = false;
  transfer_ =
      std::make_unique<Transfer>(url(), wanted_.headers, partial_->size(), settings_,
                                 [this](std::string_view bytes) { return take_body(bytes); });
  ::curl_multi_add_handle(multi_, transfer_->handle());
}

// Called by libcurl, which no exception may pass.
bool Download::take_body(std::string_view bytes) try {
  if (!body_began_ && !begin_body()) return false;
  too_long_ = wanted_.size && partial_->size() + bytes.size() > *wanted_.size;
  if (too_long_) return false;
  partial_->append(bytes, total_ > partial_->size() ? total_ - partial_->size() : 0);
  return true;
} catch (const Error& error) {
  disk_error_ = error;
  return false;
}

bool Download::begin_body() {
  body_began_ = true;
  const std::uint64_t start = transfer_->starts_at();
  wrong_range_ = start != 0 && start != partial_->size();
  if (start == 0 || wrong_range_) restart();
  if (wrong_range_) return false;
  is_patchwork_ = start > 0;
  const auto length = transfer_->content_length();
  total_ = length ? start + *length : 0;
  if (length && !(wanted_.size && total_ > *wanted_.size)) partial_->require_space(*length);
  return true;
}

void Download::restart() {
  if (partial_->size() > 0) partial_->restart();
  is_patchwork_ = false;
}

void Download::transfer_ended(CURLcode code) {
  ::curl_multi_remove_handle(multi_, transfer_->handle());
  const auto transfer = std::move(transfer_);
  next_step_ = Time{};
  failing_with_the_disk([&] {
    if (disk_error_) throw Error(*disk_error_);
    if (too_long_) {
      partial_->discard();
      return fail(FailureKind::kMismatch,
                  "\"" + wanted_.name + "\" from " + url() +
                      " is longer than it should be; nothing of it was kept");
    }
    if (wrong_range_)
      return source_failed({.reason = "the server sends another part than was asked for",
                            .passing = true,
                            .connected = true});
    // A body without a byte is a body, too: it replaces what an earlier source gave.
    if (code == CURLE_OK && !body_began_) restart();
    if (code == CURLE_OK) return everything_came();
    const bool nothing_is_missing = transfer->http_status() == 416 && partial_->size() > 0;
    if (nothing_is_missing) {
      is_patchwork_ = true;
      return everything_came();
    }
    source_failed(explain_failure(*transfer, code));
  });
}

void Download::everything_came() {
  const Digest actual = partial_->digest();
  if (actual == wanted_.digest) {
    const std::uint64_t bytes = partial_->size();
    partial_->publish(wanted_.durable);
    report_done(wanted_.name, wanted_.digest, bytes);
    finished_ = true;
    return;
  }
  if (is_patchwork_ && !fetched_anew_) {
    fetched_anew_ = true;
    restart();
    report_retry(wanted_.name, url(), "what was put together from several answers does not match",
                 retries_.next_attempt());
    return;
  }
  partial_->discard();
  fail(FailureKind::kMismatch,
       "\"" + wanted_.name + "\" from " + url() + " is not what is pinned: " + "expected " +
           std::string(wanted_.digest.algorithm()) + " " + wanted_.digest.hex() + ", got " +
           actual.hex() + "; nothing of it was kept");
}

void Download::source_failed(const SourceFailure& failure) {
  if (partial_->size() > most_) retries_.made_progress();
  most_ = std::max(most_, partial_->size());
  std::string reason = failure.reason;
  if (failure.passing && most_ > 0) {
    const std::string of_total = total_ > 0 ? fmt::format(" of {}", total_) : "";
    reason += fmt::format(", after {}{} bytes", partial_->size(), of_total);
  }

  if (const auto delay = retries_.after(failure)) {
    report_retry(wanted_.name, url(), reason, retries_.next_attempt());
    next_step_ = std::chrono::steady_clock::now() + *delay;
    return;
  }
  if (failure.truncated)
    return fail(FailureKind::kTruncated, "\"" + wanted_.name + "\" from " + url() +
                                             " is truncated: " + reason +
                                             ", and no more came when it was asked for the rest");
  report_source_failed(wanted_.name, url(), reason);
  failed_sources_ += "\n  " + url() + ": " + reason;
  if (++source_ < wanted_.urls.size()) {
    retries_ = RetryPolicy(settings_);
    return;
  }
  fail(FailureKind::kUnreachable,
       "cannot download \"" + wanted_.name + "\" from any of its sources:" + failed_sources_);
}

void Download::report_progress_now_and_then(Time now) {
  if (partial_->size() == reported_) return;
  reported_ = partial_->size();
  report_progress(wanted_.name, reported_, total_);
  next_step_ = now + kProgressInterval;
}

void Download::fail(FailureKind kind, const std::string& message) {
  report_failed(wanted_.name, kind, message);
  failure_ = kind;
  finished_ = true;
}

}  // namespace baker
