#include "engine/io/download/transfer.h"

#include <curl/header.h>
#include <fmt/core.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace baker {
namespace {

constexpr long kMostRedirects = 10;
constexpr long kBufferSize = 512L * 1024;

}  // namespace

void trust_as_the_environment_says(CURL* handle) {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const char* file = std::getenv(name); file && *file)
      ::curl_easy_setopt(handle, CURLOPT_CAINFO, file);
  if (const char* folder = std::getenv("SSL_CERT_DIR"); folder && *folder)
    ::curl_easy_setopt(handle, CURLOPT_CAPATH, folder);
}

Transfer::Transfer(const std::string& url, const std::vector<std::string>& headers,
                   std::uint64_t first_byte, const TransferSettings& settings, Sink sink)
    : sink_(std::move(sink)), handle_(::curl_easy_init()) {
  CURL* const curl = handle_.get();
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_.data());
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, "baker");
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
  ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  ::curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  trust_as_the_environment_says(curl);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(settings.connect_timeout.count()));
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, settings.least_rate);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.silence.count()));
  for (const std::string& header : headers)
    headers_.reset(::curl_slist_append(headers_.release(), header.c_str()));
  if (headers_) ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  ::curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, kBufferSize);
  // Not CURLOPT_RESUME_FROM: it fails where a server ignores the range instead of starting anew.
  if (first_byte > 0 && !url.starts_with("file:"))
    ::curl_easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", first_byte).c_str());
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

std::size_t Transfer::on_body(char* bytes, std::size_t one, std::size_t count, void* transfer) {
  const std::string_view body(bytes, one * count);
  return static_cast<Transfer*>(transfer)->sink_(body) ? body.size() : CURL_WRITEFUNC_ERROR;
}

std::string Transfer::error_text(CURLcode code) const {
  std::string text = error_[0] != '\0' ? error_.data() : ::curl_easy_strerror(code);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool is_a_word = text.size() > 1 && is_upper(text[0]) && !is_upper(text[1]);  // not "SSL"
  if (is_a_word) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

long Transfer::http_status() const {
  long status = 0;
  ::curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::uint64_t Transfer::starts_at() const {
  constexpr std::string_view kUnit = "bytes ";
  curl_header* header = nullptr;
  if (http_status() != 206 ||
      ::curl_easy_header(handle(), "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return 0;
  const std::string_view range = header->value;
  std::uint64_t first = 0;
  if (range.starts_with(kUnit))
    std::from_chars(range.data() + kUnit.size(), range.data() + range.size(), first);
  return first;
}

std::optional<std::uint64_t> Transfer::content_length() const {
  curl_off_t length = -1;
  ::curl_easy_getinfo(handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length < 0) return std::nullopt;
  return static_cast<std::uint64_t>(length);
}

}  // namespace baker
