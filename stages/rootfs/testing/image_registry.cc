#include "stages/rootfs/testing/image_registry.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <thread>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar+";

std::string host_architecture() {
  std::string name = run_or_throw({"dpkg", "--print-architecture"});
  name.erase(name.find_last_not_of('\n') + 1);
  return name;
}

// An image in the layout of OCI: blobs that are named by their digests.
class ImageLayout {
 public:
  explicit ImageLayout(const fs::path& folder) : folder_(folder) {
    fs::create_directories(folder / "blobs/sha256");
  }

  // Takes the tarballs of the layers away.
  void write(const std::vector<fs::path>& layers, const ImageOptions& options) {
    Json manifest = {{"schemaVersion", 2}, {"mediaType", kManifestType}, {"layers", Json::array()}};
    Json contents = Json::array();
    Json history = Json::array();
    for (const fs::path& tarball : layers) {
      contents.push_back("sha256:" + sha256_of(tarball));
      history.push_back({{"created", "2020-01-01T00:00:00Z"}, {"created_by", "a test"}});
      manifest["layers"].push_back(
          add_blob(compressed(tarball, options.compression), kLayerType + options.compression));
    }
    const Json config = {
        {"architecture", options.architecture.empty() ? host_architecture() : options.architecture},
        {"os", "linux"},
        {"config", Json::object()},
        {"rootfs", {{"type", "layers"}, {"diff_ids", contents}}},
        {"history", history}};
    manifest["config"] = add_blob(written("config", config.dump()), kConfigType);
    write_index(add_blob(written("manifest", manifest.dump()), kManifestType));
  }

 private:
  fs::path compressed(const fs::path& tarball, const std::string& program) const {
    run_or_throw({program, "-f", tarball});
    return tarball.string() + (program == "zstd" ? ".zst" : ".gz");
  }

  fs::path written(const std::string& name, const std::string& content) const {
    write_content(folder_ / name, content);
    return folder_ / name;
  }

  Json add_blob(const fs::path& file, const std::string& media_type) const {
    const std::string digest = sha256_of(file);
    const auto size = fs::file_size(file);
    fs::rename(file, folder_ / "blobs/sha256" / digest);
    return {{"mediaType", media_type}, {"digest", "sha256:" + digest}, {"size", size}};
  }

  void write_index(Json manifest) const {
    manifest["annotations"] = {{"org.opencontainers.image.ref.name", "made"}};
    written("index.json", Json({{"schemaVersion", 2}, {"manifests", {manifest}}}).dump());
    written("oci-layout", R"({"imageLayoutVersion": "1.0.0"})");
  }

  fs::path folder_;
};

}  // namespace

ImageRegistry::ImageRegistry(fs::path folder) : folder_(std::move(folder)) {
  fs::create_directories(folder_);
  write_content(folder_ / "config.yml",
                "version: 0.1\n"
                "log: { level: info }\n"
                "storage: { filesystem: { rootdirectory: " +
                    (folder_ / "data").string() +
                    " } }\n"
                    "http: { addr: \"127.0.0.1:0\", secret: \"of a test\" }\n"
                    "compatibility: { schema1: { enabled: true } }\n");
  start();
}

void ImageRegistry::start() {
  const std::string config = folder_ / "config.yml";
  const std::string log = folder_ / "log";
  process_ = fork();
  if (process_ == 0) {  // nothing but system calls until exec: the test may have threads
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execlp("docker-registry", "docker-registry", "serve", config.c_str(), nullptr);
    _exit(127);
  }
  const std::regex listening("listening on ([0-9.]+:[0-9]+)");
  while (address_.empty()) {
    std::smatch found;
    const std::string said = fs::exists(log) ? content_of(log) : "";
    if (std::regex_search(said, found, listening)) address_ = found[1];
    if (waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = -1;
      throw std::runtime_error("docker-registry does not start:\n" + said);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

ImageRegistry::~ImageRegistry() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

std::string ImageRegistry::push(const std::string& name_and_tag, const std::vector<Tree>& layers,
                                const ImageOptions& options) const {
  std::vector<fs::path> tarballs;
  for (const Tree& layer : layers) {
    const std::string name = fmt::format("layer{}.tar", tarballs.size());
    tarballs.push_back(make_tarball(folder_ / name, layer));
  }
  return push_tarballs(name_and_tag, tarballs, options);
}

std::string ImageRegistry::push_tarballs(const std::string& name_and_tag,
                                         const std::vector<fs::path>& layers,
                                         const ImageOptions& options) const {
  const fs::path layout = folder_ / "layout";
  ImageLayout(layout).write(layers, options);
  const std::string reference = address_ + "/" + name_and_tag;
  run_or_throw({"skopeo", "copy", "--format", options.format, "--dest-tls-verify=false",
                "oci:" + layout.string() + ":made", "docker://" + reference});
  fs::remove_all(layout);
  return reference;
}

std::vector<fs::path> ImageRegistry::stored_layers() const {
  std::vector<fs::path> layers;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder_ / "data/docker/registry/v2/blobs")) {
    if (entry.path().filename() != "data") continue;
    if (content_of(entry.path()).starts_with("\x1f\x8b")) layers.push_back(entry.path());
  }
  return layers;
}

}  // namespace baker::testing
