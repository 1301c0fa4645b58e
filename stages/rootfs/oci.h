// What `run` needs to know of a pinned image.
#pragma once

#include <string>
#include <vector>

namespace baker::rootfs {

// SHA-256 (hex) of the layers of an image, bottom first. Understands OCI and Docker v2 schema 2
// manifests; anything else is a StageError.
std::vector<std::string> layers_in_manifest(const std::string& manifest);

}  // namespace baker::rootfs
