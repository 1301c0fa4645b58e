#include "engine/remote/remote_record.h"

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "engine/remote/oci_digest.h"

#include <nlohmann/json.hpp>

#include <ctime>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;

Digest digest_in(const Json& json) {
  const std::string text = json.get<std::string>();
  if (const auto digest = digest_of_oci_name(text)) return *digest;
  throw Error("its record has \"" + text + "\" in the place of a digest");
}

std::string time_text(std::int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string statement(std::string_view record, const std::string& key) {
  return "baker-record-1\n" + key + "\n" + digest_of(record).hex() + "\n";
}

RemoteRecord read(const Json& json) {
  const Json& baker = json.at("baker");
  if (const int format = baker.at("format").get<int>(); format != kFormat)
    throw Error("its record has format " + std::to_string(format) + ", and this baker reads " +
                std::to_string(kFormat));
  return {.key = baker.at("key").get<std::string>(),
          .layer = digest_in(baker.at("layer")),
          .blob = {digest_in(baker.at("blob").at("digest")), baker.at("blob").at("size")},
          .tar = digest_in(json.at("rootfs").at("diff_ids").at(0)),
          .marks = baker.at("marks").get<std::string>(),
          .stage = baker.value("stage", ""),
          .architecture = json.value("architecture", ""),
          .key_text = baker.value("key-text", ""),
          .log = baker.value("log", ""),
          .duration_ms = baker.value("duration-ms", std::int64_t{0}),
          .finished = baker.value("finished", std::int64_t{0}),
          .bytes = baker.value("bytes", std::uint64_t{0}),
          .entries = baker.value("entries", std::uint64_t{0})};
}

}  // namespace

// The outer fields are those of the image specification, so that others can read it, too.
std::string RemoteRecord::text() const {
  Json baker = {{"format", kFormat},
                {"key", key},
                {"layer", oci_name(layer)},
                {"blob", {{"digest", oci_name(blob.digest)}, {"size", blob.size}}},
                {"marks", marks},
                {"stage", stage},
                {"key-text", key_text},
                {"duration-ms", duration_ms},
                {"finished", finished},
                {"bytes", bytes},
                {"entries", entries}};
  if (!log.empty()) baker["log"] = log;
  const Json image = {
      {"architecture", architecture},
      {"os", "linux"},
      {"created", time_text(finished)},
      {"config", Json::object()},
      {"rootfs", {{"type", "layers"}, {"diff_ids", {oci_name(tar)}}}},
      {"history", {{{"created", time_text(finished)}, {"created_by", "baker: " + stage}}}},
      {"baker", std::move(baker)}};
  return image.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RemoteRecord RemoteRecord::parse(std::string_view text) try {
  return read(Json::parse(text));
} catch (const Json::exception&) {
  throw Error("its record can't be read");
}

SignedRecord sign(const RemoteRecord& record, const SigningKey& key) {
  const std::string text = record.text();
  return {text, key.sign(statement(text, record.key))};
}

RemoteRecord verified(const SignedRecord& given, const std::string& key,
                      const std::vector<std::string>& trusted) {
  if (const auto mistake =
          mistake_in_signature(given.signature, statement(given.text, key), trusted))
    throw Error(*mistake);
  RemoteRecord record = RemoteRecord::parse(given.text);
  if (record.key != key) throw Error("its record is of another key");
  return record;
}

}  // namespace baker
