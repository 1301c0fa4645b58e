#include "stages/rootfs/testing/signed_archive.h"

#include <utility>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/support/host_program.h"

namespace baker::testing {

namespace fs = std::filesystem;

namespace {

void gpg(const fs::path& home, std::vector<std::string> arguments) {
  const std::vector<std::string> common = {"gpg", "--homedir", home, "--batch", "--yes", "--quiet"};
  arguments.insert(arguments.begin(), common.begin(), common.end());
  run_or_throw(arguments);
}

}  // namespace

SigningKey::SigningKey(fs::path folder) : folder_(std::move(folder)) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  gpg(folder_, {"--passphrase", "", "--quick-gen-key", "test@example.invalid", "ed25519", "sign"});
  gpg(folder_, {"--output", keyring(), "--export"});
  gpg(folder_, {"--output", armored_keyring(), "--armor", "--export"});
}

SigningKey::~SigningKey() {
  run_program({"gpgconf", "--homedir", folder_, "--kill", "gpg-agent"});
}

void SigningKey::sign_beside(const fs::path& file) const {
  gpg(folder_, {"--output", file.string() + ".gpg", "--detach-sign", file});
}

void SigningKey::clear_sign(const fs::path& file, const fs::path& signed_file) const {
  gpg(folder_, {"--output", signed_file, "--clear-sign", file});
}

void write_archive(const fs::path& folder, const std::string& suite, const SigningKey& key) {
  const fs::path dist = folder / "dists" / suite;
  const std::string index = "main/binary-amd64/Packages";
  write_content(dist / index, "");
  write_content(dist / "Release", "Suite: " + suite + "\nCodename: " + suite +
                                      "\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
                                      "Architectures: amd64\nComponents: main\nSHA256:\n " +
                                      sha256_of(dist / index) + " 0 " + index + "\n");
  key.clear_sign(dist / "Release", dist / "InRelease");
}

}  // namespace baker::testing
