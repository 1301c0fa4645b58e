// A record that travels, and whom one believes.
#include "engine/remote/remote_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

using ::testing::HasSubstr;

const std::string kKey(64, 'a');

RemoteRecord record_of(const std::string& key) {
  return {.key = key,
          .layer = digest_of("layer"),
          .blob = {digest_of("blob"), 17},
          .tar = digest_of("tar"),
          .marks = "d 755 0 0 0 0 - - - .\n",
          .stage = "base",
          .architecture = "amd64",
          .key_text = "type \"files\"\n",
          .log = "",
          .duration_ms = 12,
          .finished = 1'700'000'000,
          .bytes = 5,
          .entries = 2};
}

std::string refusal(const SignedRecord& given, const std::string& key,
                    const std::vector<std::string>& trusted) {
  try {
    verified(given, key, trusted);
    return "";
  } catch (const Error& error) {
    return error.describe();
  }
}

TEST(RemoteRecordTest, ComesBackAsItWasSigned) {
  const SigningKey key = SigningKey::make();
  const RemoteRecord record = record_of(kKey);
  const RemoteRecord back = verified(sign(record, key), kKey, {key.public_key()});
  EXPECT_EQ(back.text(), record.text());
  EXPECT_EQ(back.layer, record.layer);
  EXPECT_EQ(back.blob.size, 17U);
  EXPECT_EQ(back.marks, record.marks);
}

TEST(RemoteRecordTest, IsBelievedOnlyWhereATrustedKeyHasSignedIt) {
  const SigningKey key = SigningKey::make(), other = SigningKey::make();
  const SignedRecord given = sign(record_of(kKey), key);
  EXPECT_THAT(refusal(given, kKey, {}), HasSubstr("which is not trusted here"));
  EXPECT_THAT(refusal(given, kKey, {other.public_key()}), HasSubstr(key.public_key()));
  EXPECT_THAT(refusal({given.text, ""}, kKey, {key.public_key()}), HasSubstr("it is not signed"));
  EXPECT_THAT(refusal({given.text, "x"}, kKey, {key.public_key()}), HasSubstr("can't be read"));
}

TEST(RemoteRecordTest, IsNotBelievedOnceAByteOfItIsAnother) {
  const SigningKey key = SigningKey::make();
  const SignedRecord given = sign(record_of(kKey), key);
  for (size_t i = 0; i < given.text.size(); i += 7) {
    SignedRecord forged = given;
    forged.text[i] = static_cast<char>(forged.text[i] ^ 1);
    EXPECT_THAT(refusal(forged, kKey, {key.public_key()}), HasSubstr("does not match")) << i;
  }
}

TEST(RemoteRecordTest, IsNotBelievedInThePlaceOfAnother) {
  const SigningKey key = SigningKey::make();
  const SignedRecord given = sign(record_of(kKey), key);
  EXPECT_THAT(refusal(given, std::string(64, 'b'), {key.public_key()}),
              HasSubstr("does not match"));
}

TEST(RemoteRecordTest, SaysThatItsFormatIsANewerOne) {
  std::string text = record_of(kKey).text();
  text.replace(text.find("\"format\":1"), 10, "\"format\":9");
  try {
    RemoteRecord::parse(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.describe(), HasSubstr("format 9, and this baker reads 1"));
  }
}

TEST(SigningKeyTest, IsKeptInAFileThatNobodyElseReads) {
  testing::Workbench bench;
  const SigningKey key = SigningKey::make();
  const std::string file = bench.write("key", key.text());
  chmod(file.c_str(), 0600);
  EXPECT_EQ(SigningKey::read(file).public_key(), key.public_key());
  chmod(file.c_str(), 0640);
  EXPECT_THROW(SigningKey::read(file), Error);
}

// Test 2 of RFC 8032, 7.1.
TEST(SigningKeyTest, SignsAsTheStandardSays) {
  testing::Workbench bench;
  const std::string file =
      bench.write("key", "baker-signing-key-1 TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=\n");
  chmod(file.c_str(), 0600);
  EXPECT_EQ(
      SigningKey::read(file).sign("r"),
      "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=:"
      "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==");
}

}  // namespace
}  // namespace baker
