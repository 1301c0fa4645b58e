// SHA-256 and SHA-512 through Nettle, which uses the CPU's own instructions. OpenSSL would take a
// run with nothing to do, and each runner, longer to load than all that they hash.
#pragma once

#include "engine/base/digest.h"

#include <nettle/sha2.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace baker {

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
  HashAlgorithm algorithm_;
  sha256_ctx sha256_;
  sha512_ctx sha512_;
};

Digest digest_of(std::string_view bytes, HashAlgorithm algorithm = HashAlgorithm::kSha256);

// Of a file's content as baker itself knows it, in layers and keys: its SHA-256; of more than 64
// MiB SHA-256 over the SHA-256s (32 bytes each) of its blocks of 4 MiB. So a hole costs nothing:
// blocks in it are not read. Throws Error.
Digest digest_content(const std::string& path);

// Throws Error where the file can't be read.
Digest digest_file(const std::string& path, HashAlgorithm algorithm = HashAlgorithm::kSha256);
Digest digest_file(int fd, const std::string& name,
                   HashAlgorithm algorithm = HashAlgorithm::kSha256);

}  // namespace baker
