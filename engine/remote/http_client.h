// Requests to one server, one after the other over one connection.
#pragma once

#include "engine/io/download/transfer.h"

#include <curl/curl.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace baker {

struct HttpLimits {
  std::chrono::milliseconds connect{2000};
  std::chrono::seconds silence{10};  // below kLeastRate
};

// Bytes a second: from a server that sends less, a layer would not come in days.
constexpr long kLeastRate = 1000;

// The same for downloads: a server that falls silent is not asked again.
inline TransferSettings patience_with(const HttpLimits& limits) {
  TransferSettings settings;
  settings.connect_timeout = limits.connect;
  settings.silence = limits.silence;
  settings.least_rate = kLeastRate;
  settings.retry_delay = std::chrono::milliseconds(100);
  settings.most_attempts = 2;
  settings.most_silences = 1;
  return settings;
}

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers{};  // "Name: value"
  std::string body{};
  std::string body_file{};  // sent instead of `body` where it is given
};

struct HttpAnswer {
  long status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  // names in small letters

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// As a part of a URL's query.
std::string url_escaped(const std::string& text);

class HttpClient {
 public:
  explicit HttpClient(const HttpLimits& limits);

  // Whatever the status is. Blocks for as long as bytes come. Redirects of requests without a body
  // are followed, and passwords are not sent to another host. Throws Error: kUnreachable where no
  // whole answer came, kFailed where its body is over 64 MiB.
  HttpAnswer send(const HttpRequest& request);

  // Whether the server wants TLS; also true where nobody listens. Throws Error (kUnreachable) where
  // it does not answer.
  bool speaks_tls(const std::string& host);

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  HttpLimits limits_;
  std::unique_ptr<CURL, Free> handle_;
};

}  // namespace baker
