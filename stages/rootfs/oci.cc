// { oci = "registry/repository:tag" }: an image of a registry, by way of skopeo.
//
// The manifest and every layer are pinned each on its own, as they lie in the registry: the layers
// are tarballs already, and the manifest that names them makes one of all of them. An outer tarball
// would only be a second name for the same bytes.
#include <algorithm>
#include <filesystem>
#include <map>

#include "host_tool.h"
#include "oci_manifest.h"
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

// What a configuration says that the image was built for; `otherwise` where it says nothing.
std::string architecture_in(const std::string& config, const std::string& otherwise) {
  const Json json = Json::parse(config, nullptr, false);
  const Json architecture = json.is_object() ? json.value("architecture", Json(otherwise)) : Json();
  if (!architecture.is_string())
    throw StageError("its configuration can't be read: it names no architecture");
  return architecture;
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
    const OciManifest manifest = checked_manifest(context, folder);
    Pins pins = {{{"kind", "oci-manifest"},
                  {"name", reference_},
                  {"sha256", network.add_to_downloads(folder + "/manifest.json")}}};
    for (const std::string& layer : manifest.layers) {
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
                        "; if it is gone for good, `" + context.command_line("update") +
                        "` pins another");
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
    if (mentions_any(reason,
                     {"did not match", "does not match", "unexpected EOF", "image rejected"})) {
      throw StageError("the image " + reference + " can't be trusted: " + reason);
    }
    throw Unreachable(reason);
  }

  OciManifest checked_manifest(const Context& context, const std::string& folder) const {
    try {
      OciManifest manifest = read_manifest(read_file(folder + "/manifest.json"));
      check_architecture(context, read_file(folder + "/" + manifest.config));
      return manifest;
    } catch (const StageError& error) {
      throw StageError("the image " + reference_ + ": " + error.what());
    }
  }

  std::string tls_option(const std::string& name) const {
    return name + (verify_tls_ ? "true" : "false");
  }

  // skopeo chooses among several images, but takes a single one whatever it was built for.
  void check_architecture(const Context& context, const std::string& config) const {
    const std::string wanted = oci_architecture(context.architecture());
    const std::string built_for = architecture_in(config, wanted);
    if (built_for == wanted) return;
    throw StageError("it is for " + Json(built_for).dump() + ", and this host is " + wanted);
  }

  std::string reference_;
  bool verify_tls_;
};

}  // namespace

std::unique_ptr<Source> oci_source(const Options& options) {
  return std::make_unique<OciImage>(options);
}

}  // namespace baker::rootfs
