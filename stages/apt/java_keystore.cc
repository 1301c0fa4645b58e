#include "java_keystore.h"

#include <vector>

namespace baker::apt {
namespace {

constexpr std::string_view kMagic = "\xfe\xed\xfe\xed";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kPrivateKey = 1;
constexpr std::uint32_t kTrustedCertificate = 2;
constexpr size_t kDigestSize = 20;
constexpr size_t kTimeSize = 8;

// Walks over big-endian fields; past the end everything is 0 and good() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool good() const { return good_; }
  size_t position() const { return position_; }
  bool at_end() const { return position_ == bytes_.size(); }

  void skip(size_t count) {
    good_ = good_ && count <= bytes_.size() - position_;
    if (good_) position_ += count;
  }
  std::uint32_t number(size_t width) {
    const size_t start = position_;
    skip(width);
    if (!good_) return 0;
    std::uint32_t value = 0;
    for (size_t i = start; i < position_; ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes_[i]);
    }
    return value;
  }
  void skip_name() { skip(number(2)); }
  void skip_block() { skip(number(4)); }
  void skip_certificate() {
    skip_name();
    skip_block();
  }

 private:
  std::string_view bytes_;
  size_t position_ = 0;
  bool good_ = true;
};

// Where the times of the entries stand; nothing where this is not a keystore of this format.
std::optional<std::vector<size_t>> find_times(std::string_view content) {
  if (!content.starts_with(kMagic)) return std::nullopt;
  Reader reader(content);
  reader.skip(kMagic.size());
  if (reader.number(4) != kVersion) return std::nullopt;
  std::vector<size_t> times;
  for (std::uint32_t left = reader.number(4); left > 0 && reader.good(); --left) {
    const std::uint32_t kind = reader.number(4);
    reader.skip_name();
    times.push_back(reader.position());
    reader.skip(kTimeSize);
    if (kind == kTrustedCertificate) {
      reader.skip_certificate();
    } else if (kind == kPrivateKey) {
      reader.skip_block();
      for (std::uint32_t chain = reader.number(4); chain > 0 && reader.good(); --chain) {
        reader.skip_certificate();
      }
    } else {
      return std::nullopt;
    }
  }
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return times;
}

std::string digest_of(std::string_view content, const Sha1& sha1) {
  std::string salted;
  for (char c : std::string_view("changeit")) salted += {'\0', c};
  salted += "Mighty Aphrodite";
  const std::string hex = sha1(salted.append(content));
  std::string digest;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return digest;
}

std::string big_endian(std::uint64_t value) {
  std::string bytes(kTimeSize, '\0');
  for (size_t i = kTimeSize; i > 0; --i, value >>= 8) bytes[i - 1] = static_cast<char>(value & 255);
  return bytes;
}

}  // namespace

std::optional<std::string> with_timestamps(std::string_view keystore, std::int64_t epoch,
                                           const Sha1& sha1) {
  if (keystore.size() < kDigestSize) return std::nullopt;
  std::string content(keystore.substr(0, keystore.size() - kDigestSize));
  const auto times = find_times(content);
  if (!times) return std::nullopt;
  const std::string milliseconds = big_endian(static_cast<std::uint64_t>(epoch) * 1000);
  bool changed = false;
  const std::string original = content;
  for (size_t time : *times) {
    changed = changed || content.compare(time, kTimeSize, milliseconds) != 0;
    content.replace(time, kTimeSize, milliseconds);
  }
  if (!changed) return std::nullopt;
  if (digest_of(original, sha1) != keystore.substr(content.size())) return std::nullopt;
  return content + digest_of(content, sha1);
}

}  // namespace baker::apt
