#include "engine/remote/oci_registry.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "engine/remote/credentials.h"
#include "engine/remote/oci_digest.h"
#include "engine/remote/remote_answers.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <ctime>
#include <map>
#include <regex>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr const char* kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfig = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar+zstd";
constexpr const char* kEmpty = "application/vnd.oci.empty.v1+json";
const std::string kNothing = "{}";
constexpr const char* kSignature = "baker.signature";
constexpr const char* kPushed = "baker.pushed";  // seconds since 1970
constexpr size_t kMostRecord = 64 << 20;

std::string tag_of(const std::string& key) {
  return "r-" + key;
}

std::string content_tag(const Digest& pinned) {
  return "c-" + digest_of(pinned.file_name()).hex();
}

Json descriptor(const char* type, const Blob& blob) {
  return {{"mediaType", type}, {"digest", oci_name(blob.digest)}, {"size", blob.size}};
}

// Of `Bearer realm="…",service="…"`.
std::map<std::string, std::string> parameters_of(std::string_view challenge) {
  std::map<std::string, std::string> parameters;
  size_t at = challenge.find(' ');
  while (at != std::string_view::npos && at < challenge.size()) {
    const size_t name = challenge.find_first_not_of(" ,", at), equals = challenge.find("=\"", at);
    if (name == std::string_view::npos || equals == std::string_view::npos) break;
    const size_t end = challenge.find('"', equals + 2);
    if (end == std::string_view::npos) break;
    parameters[std::string(challenge.substr(name, equals - name))] =
        challenge.substr(equals + 2, end - equals - 2);
    at = end + 1;
  }
  return parameters;
}

}  // namespace

OciRegistry::OciRegistry(RemoteAccess access)
    : access_(std::move(access)), client_(access_.limits) {}

std::string OciRegistry::url(const std::string& rest) const {
  return access_.reference.origin() + "/v2/" + access_.reference.path + "/" + rest;
}

HttpAnswer OciRegistry::send(HttpRequest request) {
  const std::vector<std::string> headers = request.headers;
  for (bool asked = false;; asked = true) {
    request.headers = headers;
    const bool is_its_own = request.url.starts_with(access_.reference.origin() + "/");
    if (is_its_own && !authorization_.empty()) request.headers.push_back(authorization_);
    HttpAnswer answer = client_.send(request);
    if (answer.status != 401 || asked || !is_its_own) return answer;
    authorize(answer.header("www-authenticate"));
    if (authorization_.empty()) return answer;
  }
}

void OciRegistry::authorize(const std::string& challenge) {
  authorization_.clear();
  const auto password =
      credentials_for(access_.reference.host, access_.reference.path, access_.auth_file);
  if (challenge.starts_with("Bearer ")) {
    authorization_ = "Authorization: Bearer " + token(challenge);
  } else if (challenge.starts_with("Basic") && password) {
    authorization_ = "Authorization: Basic " + *password;
  }
}

std::string OciRegistry::token(const std::string& challenge) {
  auto parameters = parameters_of(challenge);
  const std::string realm = parameters["realm"];
  // A password goes to nobody else in clear text.
  if (!realm.starts_with("https://") && !realm.starts_with(access_.reference.origin() + "/"))
    throw Error("the registry names a place without TLS for its tokens: " + realm);
  const std::string scope = parameters.contains("scope")
                                ? parameters["scope"]
                                : "repository:" + access_.reference.path + ":pull,push";
  HttpRequest request{.url = realm + "?service=" + url_escaped(parameters["service"]) +
                             "&scope=" + url_escaped(scope)};
  if (const auto password =
          credentials_for(access_.reference.host, access_.reference.path, access_.auth_file))
    request.headers.push_back("Authorization: Basic " + *password);
  const HttpAnswer answer = client_.send(request);
  if (!is_success(answer)) refuse_answer(answer, "getting a token from " + realm);
  const Json json = Json::parse(answer.body, nullptr, false);
  for (const char* field : {"token", "access_token"})
    if (json.is_object() && json.contains(field) && json[field].is_string())
      return json[field].get<std::string>();
  throw Error("the answer of " + realm + " has no token");
}

HttpAnswer OciRegistry::manifest(const std::string& tag) {
  return send({.url = url("manifests/" + tag), .headers = {std::string("Accept: ") + kManifest}});
}

std::optional<SignedRecord> OciRegistry::find(const std::string& key) {
  const HttpAnswer answer = manifest(tag_of(key));
  if (answer.status == 404) return std::nullopt;
  if (!is_success(answer)) refuse_answer(answer, "asking for a record");
  try {
    const Json found = Json::parse(answer.body);
    const Json& config = found.at("config");
    const auto digest = digest_of_oci_name(config.at("digest").get<std::string>());
    if (!digest) throw Error("its manifest names no record");
    return SignedRecord{
        body_of(*digest, config.at("size").get<std::uint64_t>()),
        found.value("annotations", Json::object()).value(kSignature, std::string())};
  } catch (const Json::exception&) {
    throw Error("its manifest can't be read");
  }
}

std::string OciRegistry::body_of(const Digest& digest, std::uint64_t size) {
  if (size > kMostRecord) throw Error("its record is too long");
  const HttpAnswer answer = send({.url = url("blobs/" + oci_name(digest))});
  if (answer.status == 404) throw Error("the remote has lost its record");
  if (!is_success(answer)) refuse_answer(answer, "reading a record");
  if (digest_of(answer.body) != digest) throw Error("its record is not what its manifest names");
  return answer.body;
}

RemoteStore::Address OciRegistry::blob(const Digest& digest) {
  Address address{url("blobs/" + oci_name(digest)), {}};
  if (!authorization_.empty()) address.headers.push_back(authorization_);
  return address;
}

bool OciRegistry::has_blob(const Blob& blob) {
  const HttpAnswer answer = send({.method = "HEAD", .url = url("blobs/" + oci_name(blob.digest))});
  if (answer.status != 404 && !is_success(answer)) refuse_answer(answer, "asking for a blob");
  return is_success(answer);
}

// Returns where the bytes go.
std::string OciRegistry::begin_upload() {
  const HttpAnswer answer = send({.method = "POST", .url = url("blobs/uploads/")});
  if (answer.status != 202) refuse_answer(answer, "beginning to write");
  std::string place = answer.header("location");
  if (place.starts_with('/')) place = access_.reference.origin() + place;
  if (place.empty()) throw Error("the registry names no place to write to");
  return place + (place.find('?') == std::string::npos ? "?" : "&");
}

void OciRegistry::upload(const Blob& blob, HttpRequest content, const std::string& what) {
  if (has_blob(blob)) return;
  content.method = "PUT";
  content.url = begin_upload() + "digest=" + oci_name(blob.digest);
  content.headers = {"Content-Type: application/octet-stream"};
  const HttpAnswer answer = send(std::move(content));
  if (answer.status != 201) refuse_answer(answer, what);
}

void OciRegistry::put_blob(const Blob& blob, const std::string& file) {
  HttpRequest content;
  content.body_file = file;
  upload(blob, std::move(content), "writing a blob");
}

void OciRegistry::put_small_blob(const std::string& bytes) {
  HttpRequest content;
  content.body = bytes;
  upload({digest_of(bytes), bytes.size()}, std::move(content), "writing a record");
}

void OciRegistry::put_manifest(const std::string& tag, const std::string& manifest) {
  const HttpAnswer answer = send({.method = "PUT",
                                  .url = url("manifests/" + tag),
                                  .headers = {std::string("Content-Type: ") + kManifest},
                                  .body = manifest});
  if (answer.status != 201) refuse_answer(answer, "writing a manifest");
}

void OciRegistry::put(const RemoteRecord& record, const SignedRecord& signed_record) {
  put_small_blob(signed_record.text);
  const Json manifest = {
      {"schemaVersion", 2},
      {"mediaType", kManifest},
      {"config", descriptor(kConfig, {digest_of(signed_record.text), signed_record.text.size()})},
      {"layers", Json::array({descriptor(kLayer, record.blob)})},
      {"annotations",
       {{kSignature, signed_record.signature}, {kPushed, std::to_string(time(nullptr))}}}};
  put_manifest(tag_of(record.key), manifest.dump());
}

std::optional<RemoteStore::Address> OciRegistry::content(const Digest& pinned) {
  const HttpAnswer answer = manifest(content_tag(pinned));
  if (answer.status == 404) return std::nullopt;
  if (!is_success(answer)) refuse_answer(answer, "asking for pinned content");
  try {
    const auto digest = digest_of_oci_name(
        Json::parse(answer.body).at("layers").at(0).at("digest").get<std::string>());
    if (digest) return blob(*digest);
  } catch (const Json::exception&) {
  }
  throw Error("the manifest of pinned content can't be read");
}

void OciRegistry::put_content(const Digest& pinned, const Blob& blob, const std::string& file) {
  put_blob(blob, file);
  put_small_blob(kNothing);
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", kManifest},
                         {"config", descriptor(kEmpty, {digest_of(kNothing), kNothing.size()})},
                         {"layers", Json::array({descriptor("application/octet-stream", blob)})},
                         {"annotations", {{kPushed, std::to_string(time(nullptr))}}}};
  put_manifest(content_tag(pinned), manifest.dump());
}

std::vector<std::string> OciRegistry::tags() {
  constexpr int kMostPages = 10'000;
  std::vector<std::string> found;
  std::string next = url("tags/list?n=1000");
  for (int page = 0; !next.empty(); ++page) {
    if (page == kMostPages) throw Error("the list of its tags has no end");
    const HttpAnswer answer = send({.url = next});
    if (answer.status == 404) return found;  // nothing was ever pushed
    if (!is_success(answer)) refuse_answer(answer, "listing what is there");
    const Json json = Json::parse(answer.body, nullptr, false);
    if (!json.is_object() || !json.contains("tags")) throw Error("the list of tags can't be read");
    if (json["tags"].is_array())
      for (const Json& tag : json["tags"])
        if (tag.is_string()) found.push_back(tag.get<std::string>());
    // Link: </v2/NAME/tags/list?last=…&n=1000>; rel="next"
    const std::string link = answer.header("link");
    const size_t end = link.find('>');
    const std::string path =
        link.starts_with('<') && end != std::string::npos ? link.substr(1, end - 1) : "";
    next = path.empty() ? "" : path.starts_with('/') ? access_.reference.origin() + path : path;
  }
  return found;
}

std::optional<RemoteStore::Entry> OciRegistry::entry_of(const std::string& tag) {
  const HttpAnswer answer = manifest(tag);
  if (!is_success(answer)) refuse_answer(answer, "looking at " + tag);
  Entry entry{.name = oci_name(digest_of(answer.body)), .tag = tag};
  try {
    const Json manifest = Json::parse(answer.body);
    for (const Json& layer : manifest.at("layers"))
      entry.bytes += layer.at("size").get<std::uint64_t>();
    const std::string pushed = manifest.at("annotations").at(kPushed).get<std::string>();
    entry.pushed = std::strtoll(pushed.c_str(), nullptr, 10);
    return entry;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::vector<RemoteStore::Entry> OciRegistry::list() {
  static const std::regex kOurs("[rc]-[0-9a-f]{64}");
  std::vector<Entry> entries;
  for (const std::string& tag : tags())
    if (std::regex_match(tag, kOurs))
      if (const auto entry = entry_of(tag)) entries.push_back(*entry);
  return entries;
}

void OciRegistry::remove(const std::string& name) {
  const HttpAnswer answer = send({.method = "DELETE", .url = url("manifests/" + name)});
  if (answer.status == 405)
    throw Error(
        "the registry lets nothing be deleted (docker-registry does with "
        "`storage: delete: enabled: true`)");
  if (answer.status != 404 && !is_success(answer)) refuse_answer(answer, "deleting a record");
}

}  // namespace baker
