// { url = "…" }: a tarball that its publisher signs by way of a list of digests, as Ubuntu does for
// its cloud images; or one whose digest the pipeline itself gives.
#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

#include "host_tool.h"
#include "source.h"
#include "text/text.h"

namespace baker::rootfs {
namespace {

constexpr std::array kSystemKeyrings = {"/usr/lib/systemd/import-pubring.gpg",
                                        "/usr/lib/systemd/import-pubring.pgp"};

std::string without_query(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

std::string beside(const std::string& url, const std::string& name) {
  const std::string plain = without_query(url);
  return plain.substr(0, plain.rfind('/') + 1) + name;
}

std::string system_keyring() {
  for (const char* keyring : kSystemKeyrings) {
    if (std::filesystem::exists(keyring)) return keyring;
  }
  throw StageError(std::string("no keyring to verify the tarball's signature with: neither ") +
                   kSystemKeyrings.front() + " nor " + kSystemKeyrings.back() +
                   " is there; install systemd-container, or give the source a `keyring`");
}

bool is_armored(const std::string& keyring) {
  return read_file(keyring).starts_with("-----BEGIN");
}

// A line is the digest in hex, a space, a space or a star, and the name.
std::string digest_in_list(const std::string& list, const std::string& name,
                           const std::string& list_url) {
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.size() < 67 || line[64] != ' ' || (line[65] != ' ' && line[65] != '*')) continue;
    if (line.substr(66) == name) return lower_case(line.substr(0, 64));
  }
  throw StageError(list_url + " is signed as it should be, but has no line for \"" + name + "\"");
}

class UrlTarball final : public Source {
 public:
  explicit UrlTarball(const Options& options) : url_(options.string("url")) {
    if (options.has("sha256")) {
      sha256_ = lower_case(options.string("sha256"));
      for (const char* key : {"sha256sums", "signature", "keyring"}) {
        if (!options.has(key)) continue;
        throw StageError("the source " + url_ + " has both `sha256` and `" + key +
                         "`: keep the one that is meant");
      }
    }
    list_url_ =
        options.has("sha256sums") ? options.string("sha256sums") : beside(url_, "SHA256SUMS");
    signature_url_ =
        options.has("signature") ? options.string("signature") : without_query(list_url_) + ".gpg";
    if (options.has("keyring")) keyring_ = options.path("keyring");
  }

  std::string name() const override { return "the tarball " + url_; }

  // The tarball is fetched here already: a source whose list answers and whose tarball does not
  // has to make room for the next one.
  Found resolve(const Network& network, const Context& context) const override {
    const std::string sha256 = sha256_.empty() ? signed_digest(network, context) : sha256_;
    network.download({{.urls = {url_}, .sha256 = sha256, .name = file_name()}});
    return {.base = file_name(),
            .pins = {{{"kind", "tarball"}, {"url", url_}, {"sha256", sha256}}}};
  }

  void fetch(const Network& network, const Context&, const Pins& pins) const override {
    network.download({{.urls = {url_},
                       .sha256 = pins.front().at("sha256").get<std::string>(),
                       .name = file_name()}});
  }

 private:
  std::string file_name() const {
    return std::filesystem::path(without_query(url_)).filename().string();
  }

  std::string signed_digest(const Network& network, const Context& context) const {
    const std::string list = network.get(list_url_);
    verify(network, context, list, signature(network));
    return digest_in_list(list, file_name(), list_url_);
  }

  // Whoever serves the list and withholds its signature must not be able to choose another source.
  std::string signature(const Network& network) const {
    try {
      return network.get(signature_url_);
    } catch (const Unreachable& error) {
      throw StageError(list_url_ + " is there, but not its signature: " + error.what());
    }
  }

  void verify(const Network& network, const Context& context, const std::string& list,
              const std::string& signature) const {
    const std::string keyring = keyring_.empty() ? system_keyring() : keyring_;
    if (is_armored(keyring)) {
      throw StageError("the keyring " + keyring +
                       " is armored text, which gpgv can't read: `gpg --dearmor` makes it binary");
    }
    const std::string list_file = context.scratch() + "/sha256sums";
    const std::string signature_file = context.scratch() + "/sha256sums.signature";
    write_file(list_file, list);
    write_file(signature_file, signature);
    const CommandResult result =
        run_tool(network, context,
                 {.argv = {"gpgv", "--homedir", context.scratch(), "--keyring", keyring,
                           signature_file, list_file}});
    if (result.exit_status == 0) return;
    throw StageError("the signature " + signature_url_ + " of " + list_url_ +
                     " is not good by the keys in " + keyring + ":" + last_lines(result.output, 5));
  }

  std::string url_;
  std::string sha256_;  // empty: found in the list
  std::string list_url_;
  std::string signature_url_;
  std::string keyring_;  // empty: the system's
};

}  // namespace

std::unique_ptr<Source> url_tarball_source(const Options& options) {
  return std::make_unique<UrlTarball>(options);
}

}  // namespace baker::rootfs
