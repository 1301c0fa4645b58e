#include "engine/report/printable.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

TEST(Printable, DropsEscapeSequencesWhole) {
  EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m and \x1b(Bplain"), "red and plain");
  EXPECT_EQ(printable("\x1b]0;a title\aafter"), "after");
  EXPECT_EQ(printable("\x1b]8;;http://a.example\x1b\\link\x1b]8;;\x1b\\"), "link");
  EXPECT_EQ(printable("cut off \x1b[3"), "cut off ");
}

TEST(Printable, DropsControlCharactersOfEveryKind) {
  EXPECT_EQ(printable("a\bb\ac\x7f"), "abc");
  EXPECT_EQ(printable("an 8-bit \xC2\x9B sequence"), "an 8-bit  sequence");
  EXPECT_EQ(printable("turned \xE2\x80\xAE"
                      "around"),
            "turned around");
}

TEST(Printable, KeepsOnlyWhatACarriageReturnLeftStanding) {
  EXPECT_EQ(printable("10 %\r50 %\r100 %\r\n"), "100 %");
}

TEST(Printable, IsOneLine) {
  EXPECT_EQ(printable("a\tb\nc"), "a b c");
}

TEST(Printable, KeepsTextOfAllLanguages) {
  EXPECT_EQ(printable("Käse → 乾酪"), "Käse → 乾酪");
}

TEST(Printable, MarksBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(printable("half \xE2\x82"), "half \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(CutToWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(cut_to_width("Käse", 4), "Käse");
  EXPECT_EQ(cut_to_width("Käsekuchen", 5), "Käse…");
}

TEST(CutToWidth, CountsWideCharactersTwice) {
  EXPECT_EQ(display_width("乾酪"), 4U);
  EXPECT_EQ(cut_to_width("乾酪乾酪", 6), "乾酪…");
}

TEST(CutToWidth, LeavesNothingInNoColumns) {
  EXPECT_EQ(cut_to_width("text", 0), "");
}

}  // namespace
}  // namespace baker
