#include "engine/remote/http_cache.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "engine/remote/credentials.h"
#include "engine/remote/remote_answers.h"

namespace baker {
namespace {

// An action's file is the signature, a line of its own, and the record.
constexpr char kEnd = '\n';

std::string action_of(const Digest& pinned) {
  return "ac/" + digest_of(pinned.file_name()).hex();
}

}  // namespace

HttpCache::HttpCache(RemoteAccess access) : access_(std::move(access)), client_(access_.limits) {
  if (const auto password =
          credentials_for(access_.reference.host, access_.reference.path, access_.auth_file))
    headers_.push_back("Authorization: Basic " + *password);
}

std::string HttpCache::url(const std::string& rest) const {
  return access_.reference.origin() +
         (access_.reference.path.empty() ? "" : "/" + access_.reference.path) + "/" + rest;
}

HttpAnswer HttpCache::send(HttpRequest request) {
  request.headers = headers_;
  if (request.method == "PUT")
    request.headers.emplace_back("Content-Type: application/octet-stream");
  return client_.send(request);
}

std::optional<SignedRecord> HttpCache::find(const std::string& key) {
  const HttpAnswer answer = send({.url = url("ac/" + key)});
  if (answer.status == 404) return std::nullopt;
  if (!is_success(answer)) refuse_answer(answer, "asking for a record");
  const size_t end = answer.body.find(kEnd);
  if (end == std::string::npos) throw Error("its record can't be read");
  return SignedRecord{answer.body.substr(end + 1), answer.body.substr(0, end)};
}

RemoteStore::Address HttpCache::blob(const Digest& digest) {
  return {url("cas/" + digest.hex()), headers_};
}

// A server of files may have kept the beginning of an upload that broke.
bool HttpCache::has_blob(const Blob& blob) {
  const HttpAnswer answer = send({.method = "HEAD", .url = url("cas/" + blob.digest.hex())});
  if (answer.status != 404 && !is_success(answer)) refuse_answer(answer, "asking for a blob");
  return is_success(answer) && answer.header("content-length") == std::to_string(blob.size);
}

void HttpCache::put_blob(const Blob& blob, const std::string& file) {
  if (has_blob(blob)) return;
  const HttpAnswer answer =
      send({.method = "PUT", .url = url("cas/" + blob.digest.hex()), .body_file = file});
  if (!is_success(answer)) refuse_answer(answer, "writing a blob");
}

void HttpCache::put(const RemoteRecord& record, const SignedRecord& signed_record) {
  const HttpAnswer answer = send({.method = "PUT",
                                  .url = url("ac/" + record.key),
                                  .body = signed_record.signature + kEnd + signed_record.text});
  if (!is_success(answer)) refuse_answer(answer, "writing a record");
}

// What is pinned by another digest than SHA-256 is found through an action of its own.
std::optional<RemoteStore::Address> HttpCache::content(const Digest& pinned) {
  const bool direct = pinned.algorithm() == "sha256";
  const std::string where = direct ? "cas/" + pinned.hex() : action_of(pinned);
  const HttpAnswer answer = send({.method = direct ? "HEAD" : "GET", .url = url(where)});
  if (answer.status == 404) return std::nullopt;
  if (!is_success(answer)) refuse_answer(answer, "asking for pinned content");
  if (direct) return blob(pinned);
  const auto digest = Digest::from_hex(answer.body);
  if (!digest) throw Error("where pinned content is can't be read");
  return blob(*digest);
}

void HttpCache::put_content(const Digest& pinned, const Blob& blob, const std::string& file) {
  put_blob(blob, file);
  if (pinned.algorithm() == "sha256") return;
  const HttpAnswer answer =
      send({.method = "PUT", .url = url(action_of(pinned)), .body = blob.digest.hex()});
  if (!is_success(answer)) refuse_answer(answer, "writing where pinned content is");
}

std::vector<RemoteStore::Entry> HttpCache::list() {
  throw Error(
      "a server that keeps files does not tell what it has: remove what is old on the server "
      "itself, "
      "or keep the cache in a registry");
}

void HttpCache::remove(const std::string&) {
  list();
}

}  // namespace baker
