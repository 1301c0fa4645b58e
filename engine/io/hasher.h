// SHA-256 and SHA-512 through OpenSSL, which uses the CPU's own instructions.
#pragma once

#include "engine/base/digest.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace baker {

// For a process that wants nothing but digests of OpenSSL, before its first one: the names of all
// ciphers are left out, which take more time than what a run with nothing to do hashes.
void use_digests_only();

enum class HashAlgorithm { kSha256, kSha512 };

HashAlgorithm algorithm_of(const Digest& digest);

class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm = HashAlgorithm::kSha256);

  void update(std::string_view bytes);
  // Reads an open file from its first byte to its end, leaving the descriptor's offset alone, and
  // returns how many bytes that were. `name` is what messages call it. Throws Error.
  std::uint64_t update_from_file(int fd, const std::string& name);
  // Of all that went in; the hasher then starts anew.
  Digest finish();

 private:
  void start();

  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  HashAlgorithm algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool started_ = false;
};

Digest digest_of(std::string_view bytes, HashAlgorithm algorithm = HashAlgorithm::kSha256);

// Throws Error where the file can't be read.
Digest digest_file(const std::string& path, HashAlgorithm algorithm = HashAlgorithm::kSha256);
Digest digest_file(int fd, const std::string& name,
                   HashAlgorithm algorithm = HashAlgorithm::kSha256);

}  // namespace baker
