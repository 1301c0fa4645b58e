// { oci = "registry/repository:tag" }: an image of a registry, by way of skopeo.
//
// The manifest and every layer are pinned each on its own, as they lie in the registry: the layers
// are tarballs already, and the manifest that names them makes one of all of them. An outer tarball
// would only be a second name for the same bytes.
#include "oci.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "host_tool.h"
#include "source.h"

namespace baker::rootfs {
namespace {

// Asking is bounded, since a registry that swallows packets must not cost minutes.
constexpr const char* kTimeToAnswer = "30s";

// Debian's names of architectures where the ones of OCI are others.
std::string oci_architecture(const std::string& debian) {
  static const std::map<std::string, std::string> kOther = {
      {"i386", "386"}, {"armhf", "arm"}, {"ppc64el", "ppc64le"}, {"mips64el", "mips64le"}};
  const auto other = kOther.find(debian);
  return other == kOther.end() ? debian : other->second;
}

std::string repository_of(const std::string& reference) {
  const std::string tagged = reference.substr(0, reference.find('@'));
  const std::size_t colon = tagged.rfind(':');
  const std::size_t slash = tagged.rfind('/');
  const bool is_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return is_tag ? tagged.substr(0, colon) : tagged;
}

bool is_loopback(const std::string& reference) {
  const std::string registry = reference.substr(0, reference.find('/'));
  const std::string host = registry.substr(0, registry.rfind(':'));
  return host == "localhost" || host.starts_with("127.") || registry.starts_with("[::1]");
}

// skopeo prints `time="…" level=fatal msg="…"`.
std::string skopeo_reason(const std::string& output) {
  std::string line = telling_line(output, {"level=fatal"});
  const std::size_t message = line.find("msg=\"");
  if (message == std::string::npos) return line;
  std::string reason;
  for (std::size_t i = message + 5; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    reason += line[i];
  }
  const std::size_t detail = reason.find("\": ");
  return reason.starts_with("Error parsing image name") && detail != std::string::npos
             ? reason.substr(detail + 3)
             : reason;
}

std::string hex_of(const std::string& digest) {
  constexpr std::string_view kAlgorithm = "sha256:";
  if (!digest.starts_with(kAlgorithm) || digest.size() != kAlgorithm.size() + 64 ||
      digest.find_first_not_of("0123456789abcdef", kAlgorithm.size()) != std::string::npos) {
    throw StageError("the image names a blob by \"" + digest + "\", which is no SHA-256 digest");
  }
  return digest.substr(kAlgorithm.size());
}

bool is_layer(const std::string& media_type) {
  return media_type.find("encrypted") == std::string::npos &&
         (media_type.starts_with("application/vnd.oci.image.layer.") ||
          media_type.starts_with("application/vnd.docker.image.rootfs."));
}

std::vector<std::string> layers_of(const Json& manifest) {
  if (manifest.value("schemaVersion", 0) != 2 || !manifest.contains("layers")) {
    throw StageError(
        "the image has a manifest of an old or unknown kind (schema " +
        manifest.value("schemaVersion", Json()).dump() +
        "); baker reads OCI and Docker schema 2: push the image again with a new tool");
  }
  std::vector<std::string> layers;
  for (const Json& layer : manifest.at("layers")) {
    const std::string media_type = layer.value("mediaType", "");
    if (!is_layer(media_type)) {
      throw StageError("the image has a layer of type \"" + media_type +
                       "\", which is no layer of a file system that baker can read");
    }
    layers.push_back(hex_of(layer.at("digest").get<std::string>()));
  }
  if (layers.empty()) throw StageError("the image has no layers");
  return layers;
}

// What the image's configuration says that it was built for; `otherwise` where it says nothing.
std::string architecture_of(const std::string& folder, const std::string& manifest,
                            const std::string& otherwise) {
  try {
    const auto digest = Json::parse(manifest).at("config").at("digest").get<std::string>();
    return Json::parse(read_file(folder + "/" + hex_of(digest))).value("architecture", otherwise);
  } catch (const Json::exception& error) {
    throw StageError("the image's configuration can't be read: " + std::string(error.what()));
  }
}

class OciImage final : public Source {
 public:
  explicit OciImage(const Options& options)
      : reference_(options.string("oci")),
        verify_tls_(options.has("tls-verify") ? options.boolean("tls-verify")
                                              : !is_loopback(reference_)) {}

  std::string name() const override { return "the image " + reference_; }

  Found resolve(const Network& network, const Context& context) const override {
    ask(network, context);
    const std::string folder = copy(network, context, reference_);
    const std::string manifest = read_file(folder + "/manifest.json");
    const std::vector<std::string> layers = layers_in_manifest(manifest);
    check_architecture(context, folder, manifest);
    Pins pins = {{{"kind", "oci-manifest"},
                  {"name", reference_},
                  {"sha256", network.add_to_downloads(folder + "/manifest.json")}}};
    for (const std::string& layer : layers) {
      network.add_to_downloads(folder + "/" + layer, layer);
      Pin pin = {{"kind", "oci-layer"}, {"sha256", layer}};
      if (std::find(pins.begin(), pins.end(), pin) == pins.end()) pins.push_back(std::move(pin));
    }
    return {.base = reference_, .pins = std::move(pins)};
  }

  void fetch(const Network& network, const Context& context, const Pins& pins) const override {
    const auto manifest = pins.front().at("sha256").get<std::string>();
    std::string folder;
    try {
      folder = copy(network, context, repository_of(reference_) + "@sha256:" + manifest);
    } catch (const Unreachable& error) {
      throw Unreachable("the pinned image " + reference_ + " can't be had: " + error.what() +
                        "; if it is gone for good, " + update_command(context) + " pins another");
    }
    network.add_to_downloads(folder + "/manifest.json", manifest);
    for (const Pin& pin : pins) {
      if (pin.at("kind") != "oci-layer") continue;
      const auto layer = pin.at("sha256").get<std::string>();
      network.add_to_downloads(folder + "/" + layer, layer);
    }
  }

 private:
  void ask(const Network& network, const Context& context) const {
    const CommandResult result =
        run_tool(network, context,
                 {.argv = {"skopeo", "--command-timeout", kTimeToAnswer, "inspect", "--raw",
                           tls_option("--tls-verify="), "docker://" + reference_}});
    if (result.exit_status != 0) throw Unreachable(skopeo_reason(result.output));
  }

  // Into a folder of the scratch folder: manifest.json, and each blob under its SHA-256.
  std::string copy(const Network& network, const Context& context,
                   const std::string& reference) const {
    const std::string folder = context.scratch() + "/image";
    std::filesystem::remove_all(folder);  // of another source
    const CommandResult result = run_tool(
        network, context,
        {.argv = {"skopeo", "--override-os", "linux", "--override-arch",
                  oci_architecture(context.architecture()), "copy", tls_option("--src-tls-verify="),
                  "docker://" + reference, "dir:" + folder}});
    if (result.exit_status == 0) return folder;
    const std::string reason = skopeo_reason(result.output);
    if (mentions_any(reason, {"did not match", "does not match", "unexpected EOF"})) {
      throw StageError("the image " + reference + " is not what its digests say: " + reason);
    }
    throw Unreachable(reason);
  }

  std::string tls_option(const std::string& name) const {
    return name + (verify_tls_ ? "true" : "false");
  }

  // skopeo chooses among several images, but takes a single one whatever it was built for.
  void check_architecture(const Context& context, const std::string& folder,
                          const std::string& manifest) const {
    const std::string wanted = oci_architecture(context.architecture());
    const std::string built_for = architecture_of(folder, manifest, wanted);
    if (built_for == wanted) return;
    throw StageError("the image " + reference_ + " is for " + built_for + ", and this host is " +
                     wanted);
  }

  std::string reference_;
  bool verify_tls_;
};

}  // namespace

std::vector<std::string> layers_in_manifest(const std::string& manifest) {
  try {
    return layers_of(Json::parse(manifest));
  } catch (const Json::exception& error) {
    throw StageError("the image's manifest can't be read: " + std::string(error.what()));
  }
}

std::unique_ptr<Source> oci_source(const Options& options) {
  return std::make_unique<OciImage>(options);
}

}  // namespace baker::rootfs
