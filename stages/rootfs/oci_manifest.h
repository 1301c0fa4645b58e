// What the manifest of an image says. Every mistake in it is a StageError.
#pragma once

#include <string>
#include <vector>

namespace baker::rootfs {

struct OciManifest {
  std::string config;               // SHA-256 (hex) of the image's configuration
  std::vector<std::string> layers;  // SHA-256 (hex) of the layers, bottom first
};

// Understands OCI and Docker v2 schema 2; other manifests, and layers that are no file system
// tarballs, are refused.
OciManifest read_manifest(const std::string& json);

}  // namespace baker::rootfs
