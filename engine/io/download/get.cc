#include "engine/io/download/get.h"

#include "engine/base/error.h"
#include "engine/io/download/source_failure.h"

#include <thread>

namespace baker {
namespace {

constexpr std::size_t kLargestBody = std::size_t{64} * 1024 * 1024;

}  // namespace

std::string get_body(const std::string& url, const TransferSettings& settings) {
  RetryPolicy retries(settings);
  for (;;) {
    std::string body;
    Transfer transfer(url, {}, 0, settings, [&](std::string_view bytes) {
      if (body.size() + bytes.size() > kLargestBody) return false;
      body += bytes;
      return true;
    });
    const CURLcode code = ::curl_easy_perform(transfer.handle());
    if (code == CURLE_OK) return body;
    if (code == CURLE_WRITE_ERROR)
      throw Error("cannot get " + url + ": it is larger than the 64 MiB that such a file may have");
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
      throw Error("cannot get \"" + url + "\": it is not an http, https or file URL");
    const SourceFailure failure = explain_failure(transfer, code);
    const auto delay = retries.after(failure);
    if (!delay)
      throw Error(failure.truncated ? ErrorCode::kFailed : ErrorCode::kUnreachable,
                  "cannot get " + url + ": " + failure.reason);
    std::this_thread::sleep_for(*delay);
  }
}

}  // namespace baker
