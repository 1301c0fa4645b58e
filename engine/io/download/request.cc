#include "engine/io/download/request.h"

#include "engine/base/error.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

using Json = nlohmann::json;

Digest digest_in(const Json& wanted) {
  const bool sha512 = wanted.contains("sha512");
  const auto hex = wanted.at(sha512 ? "sha512" : "sha256").get<std::string>();
  const auto digest = Digest::from_hex(hex);
  if (!digest || (digest->algorithm() == "sha512") != sha512)
    throw Error("\"" + hex + "\" is not a " + (sha512 ? "SHA-512" : "SHA-256") + " digest");
  return *digest;
}

WantedContent wanted_content(const Json& wanted) {
  WantedContent content{.name = wanted.at("name").get<std::string>(),
                        .urls = wanted.at("urls").get<std::vector<std::string>>(),
                        .digest = digest_in(wanted)};
  if (content.urls.empty()) throw Error("\"" + content.name + "\" has no URL");
  return content;
}

}  // namespace

DownloadRequest read_request(std::istream& in) try {
  const Json json = Json::parse(in);
  DownloadRequest request;
  for (const Json& wanted : json.at("downloads"))
    request.downloads.push_back(wanted_content(wanted));
  request.parallel = std::max<std::size_t>(1, json.value("parallel", request.parallel));
  return request;
} catch (const Json::exception& error) {
  const std::string text = error.what();  // "[json.exception…] what is wrong"
  throw Error("the request on stdin is not as it should be: " + text.substr(text.find("] ") + 2));
} catch (Error& error) {
  error.during("reading the request on stdin");
  throw;
}

}  // namespace baker
