#include "stages/rootfs/testing/signed_archive.h"

#include <utility>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/support/host_program.h"

namespace baker::testing {

namespace fs = std::filesystem;

SigningKey::SigningKey(fs::path folder, std::vector<std::string> clock)
    : folder_(std::move(folder)), clock_(std::move(clock)) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  gpg({"--passphrase", "", "--quick-gen-key", "test@example.invalid", "ed25519", "sign",
       clock_.empty() ? "none" : "1d"});
  export_it();
}

SigningKey SigningKey::expired(fs::path folder) {
  return {std::move(folder), {"--faked-system-time", "20250102T000000"}};
}

SigningKey::~SigningKey() {
  run_program({"gpgconf", "--homedir", folder_, "--kill", "gpg-agent"});
}

// gpg makes the certificate with the key, and a colon before it against accidents.
void SigningKey::revoke() const {
  run_or_throw(
      {"sh", "-e", "-c", "sed 's/^:-/-/' \"$0\"/openpgp-revocs.d/*.rev > \"$0\"/revoked", folder_});
  gpg({"--import", folder_ / "revoked"});
  export_it();
}

void SigningKey::gpg(std::vector<std::string> arguments) const {
  std::vector<std::string> argv = {"gpg", "--homedir", folder_, "--batch", "--yes", "--quiet"};
  argv.insert(argv.end(), clock_.begin(), clock_.end());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  run_or_throw(argv);
}

void SigningKey::export_it() const {
  gpg({"--output", keyring(), "--export"});
  gpg({"--output", armored_keyring(), "--armor", "--export"});
}

void SigningKey::sign_beside(const fs::path& file) const {
  gpg({"--output", file.string() + ".gpg", "--detach-sign", file});
}

void SigningKey::clear_sign(const fs::path& file, const fs::path& signed_file) const {
  gpg({"--output", signed_file, "--clear-sign", file});
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
