#include "cache/action_record.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

ActionRecord some_record() {
  return {.layer = *Digest::from_hex(std::string(64, 'd')),
          .key_text = "option.text \"a\"\n",
          .log = "line\n\nkey 5\n\xFF",
          .duration_ms = 1234,
          .finished = 1'700'000'000,
          .bytes = 99,
          .entries = 7};
}

TEST(ActionRecord, IsTheSameAfterItWasWrittenAndRead) {
  const ActionRecord record = some_record();
  const std::optional<ActionRecord> read = ActionRecord::parse(record.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->layer, record.layer);
  EXPECT_EQ(read->key_text, record.key_text);
  EXPECT_EQ(read->log, record.log);
  EXPECT_EQ(read->text(), record.text());
}

TEST(ActionRecord, AnswersAPlanWithItsFirstLine) {
  const std::string text = some_record().text();
  EXPECT_EQ(ActionRecord::parse_first_line(text.substr(0, 65)), some_record().layer);
}

TEST(ActionRecord, NeedsAWholeFirstLine) {
  const std::string text = some_record().text();
  EXPECT_FALSE(ActionRecord::parse_first_line(text.substr(0, 64)));
  EXPECT_FALSE(ActionRecord::parse_first_line("x" + text));
  EXPECT_FALSE(ActionRecord::parse_first_line(""));
}

TEST(ActionRecord, NoticesEveryLostByte) {
  const std::string text = some_record().text();
  for (size_t at = 0; at < text.size(); ++at)
    EXPECT_FALSE(ActionRecord::parse(text.substr(0, at))) << at;
}

TEST(ActionRecord, NoticesEveryChangedByte) {
  const std::string text = some_record().text();
  for (size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(ActionRecord::parse(damaged)) << at;
  }
}

TEST(ActionRecord, HoldsNothingAfterItsEnd) {
  EXPECT_FALSE(ActionRecord::parse(some_record().text() + "\n"));
}

TEST(ActionRecord, IsNoRecordForAPlanWhereItsFileWasCutShort) {
  const std::string text = some_record().text();
  EXPECT_EQ(ActionRecord::parse_head(text, text.size()), some_record().layer);
  EXPECT_FALSE(ActionRecord::parse_head(text, text.size() - 1));
  EXPECT_FALSE(ActionRecord::parse_head(text.substr(0, 100), 100));
}

}  // namespace
}  // namespace baker
