#include "engine/io/download/source_failure.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr unsigned kMostTruncated = 2;
constexpr unsigned kMostAttemptsWithoutConnection = 2;
constexpr std::chrono::seconds kLongestRetryAfter{30};

// Whether a request went out: name, connection and TLS were right.
bool was_connected(const Transfer& transfer) {
  curl_off_t microseconds = 0;
  ::curl_easy_getinfo(transfer.handle(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return microseconds > 0;
}

std::chrono::seconds retry_after(const Transfer& transfer) {
  curl_off_t seconds = 0;
  ::curl_easy_getinfo(transfer.handle(), CURLINFO_RETRY_AFTER, &seconds);
  return std::min(std::chrono::seconds(seconds), kLongestRetryAfter);
}

SourceFailure explain_status(const Transfer& transfer) {
  const long status = transfer.http_status();
  const std::string number = fmt::format("HTTP {}", status);
  SourceFailure failure{.reason = "the server answers " + number, .connected = true};
  if (status == 404 || status == 410)
    failure.reason = "the publisher does not have it (any more): " + number;
  if (status == 401 || status == 403) failure.reason = "the server refuses access: " + number;
  failure.passing = status == 408 || status == 425 || status == 429 || status >= 500;
  failure.retry_after = retry_after(transfer);
  return failure;
}

bool is_passing(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

}  // namespace

SourceFailure explain_failure(const Transfer& transfer, CURLcode code) {
  if (code == CURLE_HTTP_RETURNED_ERROR) return explain_status(transfer);
  const bool connected = was_connected(transfer);
  if (code == CURLE_PARTIAL_FILE)
    return {.reason = "the connection ended early",
            .passing = true,
            .connected = true,
            .truncated = true};
  if (code == CURLE_OPERATION_TIMEDOUT && connected)
    return {
        .reason = "the connection fell silent", .passing = true, .connected = true, .silent = true};
  if (code == CURLE_OPERATION_TIMEDOUT)
    return {.reason = transfer.error_text(code), .passing = true, .connect_timeout = true};
  return {.reason = transfer.error_text(code), .passing = is_passing(code), .connected = connected};
}

std::optional<std::chrono::milliseconds> RetryPolicy::after(const SourceFailure& failure) {
  was_connected_ |= failure.connected;
  const unsigned most = failure.silent            ? settings_.most_silences
                        : failure.truncated       ? kMostTruncated
                        : was_connected_          ? settings_.most_attempts
                        : failure.connect_timeout ? 1
                                                  : kMostAttemptsWithoutConnection;
  ++failures_;
  if (!failure.passing || failures_ >= most) return std::nullopt;
  const auto delay = settings_.retry_delay * (1U << (failures_ - 1));
  return std::max<std::chrono::milliseconds>(delay, failure.retry_after);
}

}  // namespace baker
