#include "engine/base/text.h"

#include <gtest/gtest.h>

#include <random>

namespace baker {
namespace {

std::string random_bytes(std::mt19937& random) {
  std::string bytes(random() % 40, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split(",a,,b,", ','), (std::vector<std::string>{"", "a", "", "b", ""}));
}

TEST(Join, IsTheOppositeOfSplit) {
  EXPECT_EQ(join(split(",a,,b,", ','), ","), ",a,,b,");
}

TEST(DidYouMean, FindsTheNearest) {
  EXPECT_EQ(did_you_mean("pakages", {"from", "packages", "package"}), "packages");
}

TEST(DidYouMean, IsSilentAboutOtherWords) {
  EXPECT_EQ(did_you_mean("volume", {"from", "packages"}), std::nullopt);
}

TEST(DidYouMean, OffersNoShortNameThatSharesNoLetter) {
  EXPECT_EQ(did_you_mean("x", {"a", ""}), std::nullopt);
}

TEST(PercentEncode, LeavesNothingThatBreaksALine) {
  EXPECT_EQ(percent_encode("a b\tc\n100%\xC3\xA4"), "a%20b%09c%0A100%25%C3%A4");
}

TEST(PercentDecode, GivesBackAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = random_bytes(random);
    ASSERT_EQ(percent_decode(percent_encode(bytes)), bytes);
  }
}

TEST(PercentDecode, RefusesWhatEncodingNeverLeaves) {
  for (const char* text : {"%", "%4", "a%2", "%zz", "%2g", "%0a", "a b", "a\n", "\xC3\xA4", "\x7F"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Hex, OfAnyBytesIsReadBackAsTheyWere) {
  const std::string bytes("\0\x7F\xFF a", 5);
  EXPECT_EQ(hex_encode(bytes), "007fff2061");
  EXPECT_EQ(hex_decode("007fff2061"), bytes);
  EXPECT_EQ(hex_decode(""), "");
}

TEST(Hex, WithAHalfOrAnotherSignIsNone) {
  for (const char* other : {"0", "012", "0g", "+1", " 1", "0A"})
    EXPECT_EQ(hex_decode(other), std::nullopt);
}

TEST(JsonQuote, EscapesWhatJsonDemands) {
  EXPECT_EQ(json_quote(std::string_view("\"\\\n\t\0\x1F\x7F", 7)),
            R"("\"\\\n\t\u0000\u001f\u007f")");
}

TEST(JsonQuote, KeepsUtf8) {
  EXPECT_EQ(json_quote("Grüße 🥐"), "\"Grüße 🥐\"");
}

TEST(JsonQuote, ReplacesWhatIsNotUtf8) {
  for (const char* bytes : {"\xFF", "\xC3", "\xE4"})
    EXPECT_EQ(json_quote(bytes), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(json_quote("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
  EXPECT_EQ(json_quote("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");  // an overlong slash
}

TEST(HumanBytes, HasOneDigitBehindThePointWhereThatSaysMore) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1'200'000'000), "1.2 GB");
  EXPECT_EQ(human_bytes(17'000), "17 KB");
}

TEST(HumanBytes, NeverRoundsUpToAThousand) {
  EXPECT_EQ(human_bytes(999'999), "1.0 MB");
  EXPECT_EQ(human_bytes(9'999), "10 KB");
}

TEST(BytesOf, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(bytes_of("20G"), 20'000'000'000U);
  EXPECT_EQ(bytes_of("500 MB"), 500'000'000U);
  EXPECT_EQ(bytes_of("1.5GiB"), 1'610'612'736U);
  EXPECT_EQ(bytes_of("17"), 17U);
}

TEST(BytesOf, IsNothingForAnyOtherText) {
  for (const char* text : {"", "G", "-1G", "20Q", "20i", "1e3", "99999999999999T"})
    EXPECT_EQ(bytes_of(text), std::nullopt) << text;
}

}  // namespace
}  // namespace baker
