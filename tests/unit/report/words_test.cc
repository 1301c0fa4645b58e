#include "engine/report/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using ::testing::ElementsAre;

TEST(HumanDuration, UsesTheUnitThatAPersonWould) {
  EXPECT_EQ(human_duration(0.007), "7 ms");
  EXPECT_EQ(human_duration(1.26), "1.3 s");
  EXPECT_EQ(human_duration(59.97), "1 min 0 s");
  EXPECT_EQ(human_duration(125), "2 min 5 s");
  EXPECT_EQ(human_duration(3840), "1 h 4 min");
}

TEST(ReasonInBrackets, DoesNotSayTheStagesNameTwice) {
  EXPECT_EQ(reason_in_brackets({"kafka", "run", "kafka changed: version 4.2.1 → 4.3.1"}),
            " (version 4.2.1 → 4.3.1)");
  EXPECT_EQ(reason_in_brackets({"node.2", "run", "kafka changed: version 4.2.1 → 4.3.1"}),
            " (kafka changed: version 4.2.1 → 4.3.1)");
  EXPECT_EQ(reason_in_brackets({"kafka", "run", ""}), "");
}

TEST(Summary, CountsStagesAndMachines) {
  const RunFinished run{
      .pipeline = "kraft3", .baked = 9, .cached = 3, .placed = 4, .seconds = 24.1, .next = ""};
  EXPECT_THAT(summary_lines(run, {"copy"}),
              ElementsAre("kraft3: 9 stages baked, 3 cached; 4 machines placed (copy) in 24.1 s"));
}

TEST(Summary, OfARunWithNothingToDoSaysWhatThereIs) {
  const RunFinished run{.pipeline = "kraft3",
                        .cached = 12,
                        .in_place = 4,
                        .seconds = 0.007,
                        .notes = {"os: Ubuntu 22.04.5 LTS, from elsewhere"},
                        .next = "baker up kraft3.toml"};
  EXPECT_THAT(summary_lines(run, {}),
              ElementsAre("kraft3: nothing to do, 12 stages cached, 4 machines in place (7 ms)",
                          "os: Ubuntu 22.04.5 LTS, from elsewhere", "next: baker up kraft3.toml"));
}

TEST(Summary, CountsOneOfAThingAsOne) {
  const RunFinished run{.pipeline = "hello", .baked = 1, .pending = 1, .seconds = 2, .next = ""};
  EXPECT_THAT(summary_lines(run, {}),
              ElementsAre("hello: 1 stage baked; 1 machine pending in 2.0 s"));
}

TEST(Summary, GivesTheNotesOfPinsAndWhatToTypeNext) {
  const RunFinished run{.pipeline = "kraft3",
                        .baked = 2,
                        .seconds = 3,
                        .notes = {"os: Ubuntu 22.04.5 LTS, from elsewhere"},
                        .next = "baker up kraft3.toml"};
  EXPECT_THAT(summary_lines(run, {}),
              ElementsAre("kraft3: 2 stages baked in 3.0 s",
                          "os: Ubuntu 22.04.5 LTS, from elsewhere", "next: baker up kraft3.toml"));
}

TEST(Summary, OfAFailedRunSaysWhatIsKept) {
  const RunFinished run{
      .pipeline = "kraft3", .ok = false, .baked = 2, .cached = 1, .seconds = 3, .next = ""};
  EXPECT_THAT(summary_lines(run, {}),
              ElementsAre("kraft3: failed after 3.0 s; 2 stages baked, 1 cached"));
}

}  // namespace
}  // namespace baker
