// A package archive with a suite and its signature, and no packages: enough for all that goes wrong
// before the first package is downloaded.
#pragma once

#include <filesystem>
#include <string>

namespace baker::testing {

// A key that gpg has made, in a folder of its own.
class SigningKey {
 public:
  explicit SigningKey(std::filesystem::path folder);
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  // Ends gpg's agent, which would outlive the test.
  ~SigningKey();

  // The public key: binary, or armored text.
  std::filesystem::path keyring() const { return folder_ / "key.gpg"; }
  std::filesystem::path armored_keyring() const { return folder_ / "key.asc"; }
  void sign_beside(const std::filesystem::path& file) const;  // into FILE.gpg
  void clear_sign(const std::filesystem::path& file,
                  const std::filesystem::path& signed_file) const;

 private:
  std::filesystem::path folder_;
};

// Writes dists/SUITE below `folder`, with the component main, signed by `key`.
void write_archive(const std::filesystem::path& folder, const std::string& suite,
                   const SigningKey& key);

}  // namespace baker::testing
