#include "engine/io/hasher.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace baker {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

constexpr off_t kLargestWhole = off_t{64} << 20;
constexpr off_t kBlock = off_t{4} << 20;

std::string bytes_of(const Digest& digest) {
  return hex_decode(digest.hex()).value();
}

void read_block(int fd, off_t start, std::string& block, const std::string& name) {
  for (std::size_t at = 0; at < block.size();) {
    const ssize_t count =
        ::pread(fd, block.data() + at, block.size() - at, start + static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("cannot read \"" + name + "\"");
    if (count == 0) throw Error("\"" + name + "\" became shorter while it was read");
    at += static_cast<std::size_t>(count);
  }
}

Digest digest_of_blocks(int fd, off_t size, const std::string& name) {
  const std::string zeros = bytes_of(digest_of(std::string(kBlock, '\0')));
  Hasher blocks;
  std::string block;
  off_t data = -1;  // the first byte from here on that is in no hole
  for (off_t start = 0; start < size; start += kBlock) {
    if (data < start) data = ::lseek(fd, start, SEEK_DATA);
    if (data < 0 && errno != ENXIO) data = start;  // this file system can't tell
    if (data < 0) data = size;
    block.resize(static_cast<std::size_t>(std::min(kBlock, size - start)));
    if (data >= start + kBlock && block.size() == kBlock) {
      blocks.update(zeros);
      continue;
    }
    read_block(fd, start, block, name);
    blocks.update(bytes_of(digest_of(block)));
  }
  return blocks.finish();
}

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
  std::array<std::uint8_t, SHA512_DIGEST_SIZE> bytes{};
  const bool long_one = algorithm_ == HashAlgorithm::kSha512;
  const std::size_t size = long_one ? SHA512_DIGEST_SIZE : SHA256_DIGEST_SIZE;
  long_one ? ::sha512_digest(&sha512_, size, bytes.data())
           : ::sha256_digest(&sha256_, size, bytes.data());
  return *Digest::from_hex(hex_encode({reinterpret_cast<const char*>(bytes.data()), size}));
}

Digest digest_of(std::string_view bytes, HashAlgorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

Digest digest_content(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) throw system_error("cannot open \"" + path + "\"");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw system_error("cannot look at \"" + path + "\"");
  if (status.st_size <= kLargestWhole) return digest_file(file.get(), path);
  return digest_of_blocks(file.get(), status.st_size, path);
}

Digest digest_file(const std::string& path, HashAlgorithm algorithm) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) throw system_error("cannot open \"" + path + "\"");
  return digest_file(file.get(), path, algorithm);
}

Digest digest_file(int fd, const std::string& name, HashAlgorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.update_from_file(fd, name);
  return hasher.finish();
}

}  // namespace baker
