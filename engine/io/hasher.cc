#include "engine/io/hasher.h"

#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace baker {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

EVP_MD* fetch(const char* name) {
  // Reading openssl.cnf would double the cost of the first hash in a process.
  ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  EVP_MD* type = ::EVP_MD_fetch(nullptr, name, nullptr);
  if (type == nullptr) throw Error(std::string("OpenSSL of this host offers no ") + name);
  return type;
}

// Looked up once per process: a lookup costs more than hashing a short text.
const EVP_MD* type_of(HashAlgorithm algorithm) {
  if (algorithm == HashAlgorithm::kSha512) {
    static const EVP_MD* const sha512 = fetch("SHA512");
    return sha512;
  }
  static const EVP_MD* const sha256 = fetch("SHA256");
  return sha256;
}

void require(int success) {
  if (success != 1) throw Error("OpenSSL cannot compute a digest");
}

}  // namespace

void use_digests_only() {
  ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                            OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                        nullptr);
}

HashAlgorithm algorithm_of(const Digest& digest) {
  return digest.algorithm() == "sha512" ? HashAlgorithm::kSha512 : HashAlgorithm::kSha256;
}

void Hasher::Free::operator()(evp_md_ctx_st* context) const {
  ::EVP_MD_CTX_free(context);
}

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), context_(::EVP_MD_CTX_new()) {}

void Hasher::start() {
  require(::EVP_DigestInit_ex2(context_.get(), type_of(algorithm_), nullptr));
  started_ = true;
}

void Hasher::update(std::string_view bytes) {
  if (!started_) start();
  require(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::uint64_t Hasher::update_from_file(int fd, const std::string& name) {
  std::vector<char> buffer(kReadSize);
  std::uint64_t offset = 0;
  for (;;) {
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("cannot read \"" + name + "\"");
    if (count == 0) return offset;
    update({buffer.data(), static_cast<std::size_t>(count)});
    offset += static_cast<std::uint64_t>(count);
  }
}

Digest Hasher::finish() {
  if (!started_) start();
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  require(::EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
  started_ = false;
  std::string hex;
  hex.reserve(2 * std::size_t{size});
  for (unsigned i = 0; i < size; ++i) {
    hex.push_back(kDigits[bytes[i] >> 4U]);
    hex.push_back(kDigits[bytes[i] & 15U]);
  }
  return *Digest::from_hex(hex);
}

Digest digest_of(std::string_view bytes, HashAlgorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

Digest digest_file(const std::string& path, HashAlgorithm algorithm) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) throw system_error("cannot open \"" + path + "\"");
  return digest_file(file.get(), path, algorithm);
}

Digest digest_file(int fd, const std::string& name, HashAlgorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.update_from_file(fd, name);
  return hasher.finish();
}

}  // namespace baker
