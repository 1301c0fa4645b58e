#include "oci_manifest.h"

#include <baker/stage.h>

#include <string_view>

namespace baker::rootfs {
namespace {

std::string hex_of(const std::string& digest) {
  constexpr std::string_view kAlgorithm = "sha256:";
  if (!digest.starts_with(kAlgorithm) || digest.size() != kAlgorithm.size() + 64 ||
      digest.find_first_not_of("0123456789abcdef", kAlgorithm.size()) != std::string::npos) {
    throw StageError("its manifest names a blob by " + Json(digest).dump() +
                     ", which is not a SHA-256 digest");
  }
  return digest.substr(kAlgorithm.size());
}

std::string digest_of(const Json& blob) {
  return hex_of(blob.at("digest").get<std::string>());
}

bool is_tarball(const std::string& media_type) {
  return media_type.find("encrypted") == std::string::npos &&
         (media_type.starts_with("application/vnd.oci.image.layer.") ||
          media_type.starts_with("application/vnd.docker.image.rootfs."));
}

OciManifest read(const Json& manifest) {
  if (manifest.value("schemaVersion", 0) != 2 || !manifest.contains("layers")) {
    throw StageError(
        "it has a manifest of an old or unknown kind (schema " +
        manifest.value("schemaVersion", Json()).dump() +
        "); baker reads OCI and Docker schema 2: push the image again with a new tool");
  }
  OciManifest found{.config = digest_of(manifest.at("config")), .layers = {}};
  for (const Json& layer : manifest.at("layers")) {
    const std::string media_type = layer.value("mediaType", "");
    if (!is_tarball(media_type)) {
      throw StageError("it has a layer of type " + Json(media_type).dump() +
                       ", which is not a tarball that baker can read");
    }
    found.layers.push_back(digest_of(layer));
  }
  if (found.layers.empty()) throw StageError("it has no layers");
  return found;
}

}  // namespace

OciManifest read_manifest(const std::string& json) {
  try {
    return read(Json::parse(json));
  } catch (const Json::exception&) {
    throw StageError("its manifest is not as OCI or Docker define it");
  }
}

}  // namespace baker::rootfs
