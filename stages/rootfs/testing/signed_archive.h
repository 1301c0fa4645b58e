// A package archive with a suite and its signature, and no packages: enough for all that goes wrong
// before the first package is downloaded.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace baker::testing {

// A key that gpg has made, in a folder of its own.
class SigningKey {
 public:
  explicit SigningKey(std::filesystem::path folder) : SigningKey(std::move(folder), {}) {}
  // One that was made a day before 2025-01-03 for a day, and that still signs.
  static SigningKey expired(std::filesystem::path folder);
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  // Ends gpg's agent, which would outlive the test.
  ~SigningKey();

  // As its owner does who has lost it; keyrings say so from then on.
  void revoke() const;

  // The public key: binary, or armored text.
  std::filesystem::path keyring() const { return folder_ / "key.gpg"; }
  std::filesystem::path armored_keyring() const { return folder_ / "key.asc"; }
  void sign_beside(const std::filesystem::path& file) const;  // into FILE.gpg
  void clear_sign(const std::filesystem::path& file,
                  const std::filesystem::path& signed_file) const;

 private:
  SigningKey(std::filesystem::path folder, std::vector<std::string> clock);
  void gpg(std::vector<std::string> arguments) const;
  void export_it() const;

  std::filesystem::path folder_;
  std::vector<std::string> clock_;  // options of gpg, should it believe in another time
};

// Writes dists/SUITE below `folder`, with the component main, signed by `key`.
void write_archive(const std::filesystem::path& folder, const std::string& suite,
                   const SigningKey& key);

}  // namespace baker::testing
