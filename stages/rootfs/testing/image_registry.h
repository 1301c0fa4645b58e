// A real registry on a free port of the loopback interface, and images to put into it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "stages/rootfs/testing/tree_tarball.h"

namespace baker::testing {

struct ImageOptions {
  std::string compression = "gzip";  // or zstd
  std::string format = "oci";        // or v2s2, v2s1: the kind of manifest that is pushed
  std::string architecture{};        // empty: this host's
};

class ImageRegistry {
 public:
  // Keeps its images below `folder`, which has to be a folder of its own.
  explicit ImageRegistry(std::filesystem::path folder);
  ~ImageRegistry();
  ImageRegistry(const ImageRegistry&) = delete;
  ImageRegistry& operator=(const ImageRegistry&) = delete;

  // Pushes an image of these layers, bottom first; returns the whole reference.
  std::string push(const std::string& name_and_tag, const std::vector<Tree>& layers,
                   const ImageOptions& options = {}) const;

  // The same with tarballs, which are taken away.
  std::string push_tarballs(const std::string& name_and_tag,
                            const std::vector<std::filesystem::path>& layers,
                            const ImageOptions& options = {}) const;

  // Where the registry keeps the blobs that are tarballs of layers.
  std::vector<std::filesystem::path> stored_layers() const;

 private:
  void start();

  std::filesystem::path folder_;
  pid_t process_ = -1;
  std::string address_;
};

}  // namespace baker::testing
