#include "engine/remote/http_client.h"

#include "engine/base/error.h"

#include <sys/stat.h>

#include <array>
#include <cctype>
#include <cstdio>

namespace baker {
namespace {

constexpr size_t kMostBody = 64 << 20;
constexpr long kMostRedirects = 5;
constexpr const char* kHowToTrust =
    " (SSL_CERT_FILE can name a file with the certificates to trust)";
constexpr long kMostSeconds = 120;  // for all but the content of layers

size_t on_body(char* bytes, size_t one, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + one * count > kMostBody) return CURL_WRITEFUNC_ERROR;
  text.append(bytes, one * count);
  return one * count;
}

size_t on_header(char* bytes, size_t one, size_t count, void* answer) {
  const std::string_view line(bytes, one * count);
  auto& headers = static_cast<HttpAnswer*>(answer)->headers;
  if (line.starts_with("HTTP/")) headers.clear();  // of the answer that follows a redirect
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon)), value(line.substr(colon + 1));
  for (char& letter : name)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  value.erase(0, value.find_first_not_of(" \t"));
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  headers[name] = value;
  return line.size();
}

// Paths are long, and say nothing about a server that does not answer.
std::string origin_of(const std::string& url) {
  return url.substr(0, url.find('/', url.find("://") + 3));
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

std::string url_escaped(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), &curl_free);
  if (!escaped) throw Error("not enough memory to ask a server");
  return escaped.get();
}

HttpClient::HttpClient(const HttpLimits& limits) : limits_(limits), handle_(curl_easy_init()) {
  if (!handle_) throw Error("libcurl can't be used");
}

// Asked in clear text, as some servers that know only that wait for the rest of what a handshake
// begins with.
bool HttpClient::speaks_tls(const std::string& host) {
  constexpr long kBadRequest = 400;
  CURL* const curl = handle_.get();
  curl_easy_reset(curl);
  std::string body;
  curl_easy_setopt(curl, CURLOPT_URL, ("http://" + host + "/v2/").c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(limits_.silence.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OPERATION_TIMEDOUT)
    throw Error(ErrorCode::kUnreachable, host + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return code != CURLE_OK || status == kBadRequest;
}

HttpAnswer HttpClient::send(const HttpRequest& request) {
  CURL* const curl = handle_.get();
  curl_easy_reset(curl);  // keeps the connection
  HttpAnswer answer;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& header : request.headers)
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "baker");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  trust_as_the_environment_says(curl);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kLeastRate);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits_.silence.count()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);

  std::unique_ptr<std::FILE, CloseFile> file;
  if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (request.body_file.empty())
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(kMostSeconds));
  if (request.method == "GET" || request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  } else if (!request.body_file.empty()) {
    file.reset(std::fopen(request.body_file.c_str(), "re"));
    struct stat status;
    if (!file || fstat(fileno(file.get()), &status) != 0)
      throw Error("cannot read " + request.body_file);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, file.get());
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(status.st_size));
  } else {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "HEAD")
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  if (code == CURLE_WRITE_ERROR) throw Error("the answer to " + request.url + " is too long");
  if (code != CURLE_OK)
    throw Error(ErrorCode::kUnreachable,
                origin_of(request.url) + ": " +
                    (error[0] != '\0' ? error.data() : curl_easy_strerror(code)) +
                    (code == CURLE_PEER_FAILED_VERIFICATION ? kHowToTrust : ""));
  return answer;
}

}  // namespace baker
