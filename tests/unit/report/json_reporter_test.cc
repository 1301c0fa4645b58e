#include "engine/report/json_reporter.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace baker {
namespace {

std::string written(const Event& event) {
  std::ostringstream out;
  JsonReporter(out).on(event);
  return out.str();
}

nlohmann::json record(const Event& event) {
  return nlohmann::json::parse(written(event));
}

TEST(JsonReporter, WritesOneRecordALineWithItsKindFirst) {
  EXPECT_EQ(written(RunStarted{"kraft3", 12}),
            R"({"event":"run-started","pipeline":"kraft3","stages":12})"
            "\n");
}

TEST(JsonReporter, NamesEveryKindOfEvent) {
  const std::vector<std::pair<Event, std::string>> kinds = {
      {RunStarted{}, "run-started"},        {StageStarted{}, "stage-started"},
      {StageWaiting{}, "stage-waiting"},    {StageOutput{}, "stage-output"},
      {StageMessage{}, "stage-message"},    {DownloadProgress{}, "download"},
      {StageFinished{}, "stage-finished"},  {Note{}, "note"},
      {StageWaitsFor{}, "stage-waits-for"}, {RunFinished{}, "run-finished"}};
  ASSERT_EQ(kinds.size(), std::variant_size_v<Event>);
  for (const auto& [event, kind] : kinds) EXPECT_EQ(record(event).at("event"), kind);
}

TEST(JsonReporter, KeepsLineEndsOfATextInsideItsRecord) {
  const std::string line = written(Note{true, "first\nsecond"});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(nlohmann::json::parse(line).at("text"), "first\nsecond");
}

TEST(JsonReporter, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(record(StageOutput{"base", "a\xFFz"}).at("line"), "a\xEF\xBF\xBDz");
}

TEST(JsonReporter, WritesNullForWhatIsNotKnown) {
  const nlohmann::json download = record(DownloadProgress{"kafka", "kafka.tgz", 5, 0, false});
  EXPECT_TRUE(download.at("total").is_null());
  const nlohmann::json cached =
      record(StageFinished{"base", StageOutcome::kCached, 0, "ab", 0, ""});
  EXPECT_TRUE(cached.at("bytes").is_null());
  EXPECT_TRUE(cached.at("detail").is_null());
  EXPECT_EQ(cached.at("layer"), "ab");
}

TEST(JsonReporter, WritesOutcomesAsStableWords) {
  const StageFinished in_place{"machine", StageOutcome::kInPlace, 0.0123456, "", 0, ""};
  EXPECT_EQ(record(in_place).at("outcome"), "in-place");
  EXPECT_EQ(record(in_place).at("seconds"), 0.012);
}

}  // namespace
}  // namespace baker
