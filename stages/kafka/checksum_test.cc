#include "checksum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker::kafka {
namespace {

using ::testing::Eq;
using ::testing::Optional;

const std::string kHex =
    "c7d7b2318cb51aa0c61d3246a51c349210073c5c9b754947ef965a439f2f939e"
    "8600f204e134a75ac31faf3829c9370960ef7c6a9886c8a1dbf0339a21f4c54c";

TEST(StatedSha512, ReadsTheGroupsThatGpgPrints) {
  const std::string text =
      "kafka_2.13-4.3.1.tgz: C7D7B231 8CB51AA0 C61D3246 A51C3492 10073C5C 9B754947\n"
      "                      EF965A43 9F2F939E 8600F204 E134A75A C31FAF38 29C93709\n"
      "                      60EF7C6A 9886C8A1 DBF0339A 21F4C54C\n";
  EXPECT_THAT(stated_sha512(text, "kafka_2.13-4.3.1.tgz"), Optional(Eq(kHex)));
}

TEST(StatedSha512, ReadsGroupsThatStartOnTheNextLine) {
  const std::string text = "kafka.tgz:\nC7D7 B231 8CB5 1AA0" + kHex.substr(16) + "\n";
  EXPECT_THAT(stated_sha512(text, "kafka.tgz"), Optional(Eq(kHex)));
}

TEST(StatedSha512, ReadsWhatSha512sumPrints) {
  EXPECT_THAT(stated_sha512(kHex + "  kafka.tgz\n", "kafka.tgz"), Optional(Eq(kHex)));
  EXPECT_THAT(stated_sha512(kHex + " *dist/kafka.tgz\n", "kafka.tgz"), Optional(Eq(kHex)));
  EXPECT_THAT(stated_sha512(kHex + "\n", "kafka.tgz"), Optional(Eq(kHex)));
}

TEST(StatedSha512, FindsTheFileAmongOthers) {
  const std::string other(128, 'a');
  EXPECT_THAT(stated_sha512(other + "  other.tgz\n" + kHex + "  kafka.tgz\n", "kafka.tgz"),
              Optional(Eq(kHex)));
}

TEST(StatedSha512, KnowsNothingOfAnotherFile) {
  EXPECT_EQ(stated_sha512("other.tgz: " + kHex, "kafka.tgz"), std::nullopt);
  EXPECT_EQ(stated_sha512(kHex + "  other.tgz", "kafka.tgz"), std::nullopt);
}

TEST(StatedSha512, TakesNoOtherTextForAChecksum) {
  EXPECT_EQ(stated_sha512("", "kafka.tgz"), std::nullopt);
  EXPECT_EQ(stated_sha512("<!doctype html><title>sign in: hotel</title>", "kafka.tgz"),
            std::nullopt);
  EXPECT_EQ(stated_sha512("kafka.tgz: " + kHex.substr(2), "kafka.tgz"), std::nullopt);
}

}  // namespace
}  // namespace baker::kafka
