#include "engine/io/hasher.h"

#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace baker {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

}  // namespace

HashAlgorithm algorithm_of(const Digest& digest) {
  return digest.algorithm() == "sha512" ? HashAlgorithm::kSha512 : HashAlgorithm::kSha256;
}

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm) {
  ::sha256_init(&sha256_);
  ::sha512_init(&sha512_);
}

void Hasher::update(std::string_view bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  algorithm_ == HashAlgorithm::kSha512 ? ::sha512_update(&sha512_, bytes.size(), data)
                                       : ::sha256_update(&sha256_, bytes.size(), data);
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
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::uint8_t, SHA512_DIGEST_SIZE> bytes{};
  const bool long_one = algorithm_ == HashAlgorithm::kSha512;
  const std::size_t size = long_one ? SHA512_DIGEST_SIZE : SHA256_DIGEST_SIZE;
  long_one ? ::sha512_digest(&sha512_, size, bytes.data())
           : ::sha256_digest(&sha256_, size, bytes.data());
  std::string hex;
  hex.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
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
