// One request with libcurl, and why it failed.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct TransferSettings {
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::seconds silence{30};            // a server that keeps below the rate for so long
  long least_rate = 1;                         // bytes a second
  std::chrono::milliseconds retry_delay{500};  // doubled for every further attempt
  unsigned most_attempts = 5;                  // at a host that has answered, without one more byte
  unsigned most_silences = 2;                  // likewise, where it fell silent
};

// Whom to trust on servers besides those that the host trusts: SSL_CERT_FILE and SSL_CERT_DIR, as
// OpenSSL has it, and CURL_CA_BUNDLE.
void trust_as_the_environment_says(CURL* handle);

class Transfer {
 public:
  // Takes the body bit by bit; false ends the transfer. It must not throw, as libcurl calls it.
  // Neither answers of 400 and above nor redirects have a body.
  using Sink = std::function<bool(std::string_view bytes)>;

  // Asks for the bytes from `first_byte` on; starts_at() tells whether they come. A silent server
  // ends the transfer (CURLE_OPERATION_TIMEDOUT). No redirect takes `headers` to another host.
  Transfer(const std::string& url, const std::vector<std::string>& headers,
           std::uint64_t first_byte, const TransferSettings& settings, Sink sink);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Stays ours; whoever gives it to a multi handle takes it out again before this goes.
  CURL* handle() const { return handle_.get(); }
  // What libcurl has to say about the failure.
  std::string error_text(CURLcode code) const;

  // From the first byte of the body on:
  long http_status() const;  // 0 where it is not HTTP
  std::uint64_t starts_at() const;
  std::optional<std::uint64_t> content_length() const;  // of this body, not of the whole content

 private:
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* transfer);

  struct Free {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };
  Sink sink_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<CURL, Free> handle_;
};

}  // namespace baker
