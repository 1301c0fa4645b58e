#include "text.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace baker {
namespace {

TEST(Filled, HasEachValueWhereItsNameStood) {
  EXPECT_EQ(filled("cd @DATA@\nls @DATA@ @X_1@", {{"DATA", "/data"}, {"X_1", "@"}}),
            "cd /data\nls /data @");
}

TEST(Filled, LeavesEveryOtherSignAlone) {
  const char* kOthers = "1@127.0.0.1 java @/etc/args ~@privileged @resources @ @@ user@HOST";
  EXPECT_EQ(filled(kOthers, {}), kOthers);
}

TEST(Filled, IsRefusedWhereTextAndValuesDoNotAgree) {
  EXPECT_THROW(filled("@DATA@", {}), std::logic_error);
  EXPECT_THROW(filled("nothing", {{"DATA", "/data"}}), std::logic_error);
}

TEST(Joined, HasTheSeparatorBetweenTheWords) {
  EXPECT_EQ(joined({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(joined({}, ", "), "");
}

TEST(LinesOf, CountsTheLastLineWithOrWithoutItsEnd) {
  const std::vector<std::string> two = {"a", "b"};
  EXPECT_EQ(lines_of("a\nb\n"), two);
  EXPECT_EQ(lines_of("a\nb"), two);
}

TEST(Trimmed, LosesBlanksOnBothSidesAlone) {
  EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
}

TEST(LowerCase, IsOfLettersAlone) {
  EXPECT_EQ(lower_case("SHA-256 Ab"), "sha-256 ab");
}

}  // namespace
}  // namespace baker
