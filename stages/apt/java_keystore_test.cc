#include "java_keystore.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace baker::apt {
namespace {

constexpr std::int64_t kEpoch = 1700000000;

std::string raw_sha1(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha1(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string sha1(const std::string& bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (char c : raw_sha1(bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return hex;
}

std::string number(std::uint64_t value, int width) {
  std::string bytes;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}
std::string name(const std::string& text) {
  return number(text.size(), 2) + text;
}
std::string block(const std::string& bytes) {
  return number(bytes.size(), 4) + bytes;
}
std::string certificate() {
  return name("X.509") + block("a certificate");
}

// A trusted certificate and a private key with a chain of one, both added at `seconds`.
std::string keystore(std::int64_t seconds, const std::string& password = "changeit") {
  const std::string time = number(static_cast<std::uint64_t>(seconds) * 1000, 8);
  const std::string content = "\xfe\xed\xfe\xed" + number(2, 4) + number(2, 4) +  //
                              number(2, 4) + name("ca") + time + certificate() +  //
                              number(1, 4) + name("mine") + time + block("a key") + number(1, 4) +
                              certificate();
  std::string salted;
  for (char c : password) salted += std::string(1, '\0') + c;
  return content + raw_sha1(salted + "Mighty Aphrodite" + content);
}

TEST(JavaKeystore, BecomesTheSameWheneverItWasMade) {
  EXPECT_EQ(with_timestamps(keystore(1795000000), kEpoch, sha1), keystore(kEpoch));
  EXPECT_EQ(with_timestamps(keystore(1795086400), kEpoch, sha1), keystore(kEpoch));
}

TEST(JavaKeystore, IsLeftAloneWhereItsTimesAreRight) {
  EXPECT_EQ(with_timestamps(keystore(kEpoch), kEpoch, sha1), std::nullopt);
}

TEST(JavaKeystore, IsLeftAloneWhereItsPasswordIsNotJavas) {
  EXPECT_EQ(with_timestamps(keystore(1795000000, "secret"), kEpoch, sha1), std::nullopt);
}

TEST(JavaKeystore, IsLeftAloneWhereItIsCutShortOrAnotherFormat) {
  const std::string whole = keystore(1795000000);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(with_timestamps(whole.substr(0, size), kEpoch, sha1), std::nullopt) << size;
  }
  EXPECT_EQ(
      with_timestamps("PK\x03\x04 something else, long enough to have a digest", kEpoch, sha1),
      std::nullopt);
}

}  // namespace
}  // namespace baker::apt
