#include "engine/report/terminal_reporter.h"

#include "tests/unit/report/virtual_terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace baker {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class HandClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point steady_now() const override { return now_; }
  std::chrono::system_clock::time_point system_now() const override { return {}; }
  void advance(std::chrono::milliseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_;
};

class TerminalReporterTest : public ::testing::Test {
 protected:
  void open(unsigned short rows, unsigned short columns, bool colours = false) {
    reporter_.reset();
    terminal_ = std::make_unique<testing::VirtualTerminal>(rows, columns);
    reporter_ = std::make_unique<TerminalReporter>(colours, terminal_->program(),
                                                   terminal_->program(), clock_);
  }
  void TearDown() override { reporter_.reset(); }

  // What is on the screen a moment later.
  std::vector<std::string> see(const std::vector<Event>& events) {
    for (const Event& event : events) {
      reporter_->on(event);
      terminal_->lines();  // a pty holds little
    }
    clock_.advance(std::chrono::milliseconds(100));
    reporter_->tick();
    return terminal_->lines();
  }

  HandClock clock_;
  std::unique_ptr<testing::VirtualTerminal> terminal_;
  std::unique_ptr<TerminalReporter> reporter_;
};

const StageStarted kKafka{"kafka", "run", "never baked"};
const StageStarted kBase{"base", "run", "never baked"};

TEST_F(TerminalReporterTest, ShowsWhatRunsWithTheLastLineOfItsLog) {
  open(24, 80);
  EXPECT_THAT(see({kKafka, kBase, StageOutput{"base", "first"}, StageOutput{"base", "second"}}),
              ElementsAre("kafka  baking  0.1 s (never baked)",
                          "base   baking  0.1 s (never baked)", "  second"));
}

TEST_F(TerminalReporterTest, TurnsTheClockWithEveryTick) {
  open(24, 80);
  see({kKafka});
  clock_.advance(std::chrono::seconds(2));
  EXPECT_THAT(see({}), ElementsAre("kafka  baking  2.2 s (never baked)"));
}

TEST_F(TerminalReporterTest, LetsWhatIsFinishedScrollUp) {
  open(24, 80);
  EXPECT_THAT(
      see({kKafka, kBase, StageFinished{"kafka", StageOutcome::kBaked, 2.1, "ab", 43'000'000, ""}}),
      ElementsAre("kafka: baked in 2.1 s, 43 MB (never baked)",
                  "base  baking  0.1 s (never baked)"));
}

TEST_F(TerminalReporterTest, LeavesOnlyLinesAndTheCursorAtTheEnd) {
  open(24, 80);
  see({kKafka, StageOutput{"kafka", "unpacking"}});
  ASSERT_FALSE(terminal_->cursor_is_shown());
  EXPECT_THAT(
      see({StageFinished{"kafka", StageOutcome::kBaked, 2.1, "ab", 43'000'000, ""},
           RunFinished{.pipeline = "kraft3", .baked = 1, .seconds = 2.2, .next = ""}}),
      ElementsAre("kafka: baked in 2.1 s, 43 MB (never baked)", "kraft3: 1 stage baked in 2.2 s"));
  EXPECT_TRUE(terminal_->cursor_is_shown());
}

TEST_F(TerminalReporterTest, TakesItsBlockAwayWhenItEndsInTheMiddle) {
  open(24, 80);
  see({kKafka, StageOutput{"kafka", "unpacking"}});
  reporter_.reset();
  EXPECT_THAT(terminal_->lines(), ElementsAre());
  EXPECT_TRUE(terminal_->cursor_is_shown());
}

TEST_F(TerminalReporterTest, WritesNothingButTheSummaryOfARunWithNothingToDo) {
  open(24, 80);
  see({RunStarted{"kraft3", 2}, StageFinished{"base", StageOutcome::kCached, 0, "ab", 0, ""},
       RunFinished{.pipeline = "kraft3", .cached = 1, .seconds = 0.007, .next = ""}});
  EXPECT_EQ(terminal_->raw(), "kraft3: nothing to do, 1 stage cached (7 ms)\r\n");
}

TEST_F(TerminalReporterTest, CutsRowsToTheWidthOfTheTerminal) {
  open(24, 20);
  EXPECT_THAT(see({kKafka, StageOutput{"kafka", "Käse über Käse über Käse"}}),
              ElementsAre("kafka  baking  0.1…", "  Käse über Käse ü…"));
}

TEST_F(TerminalReporterTest, IsNeverTallerThanTheTerminal) {
  open(4, 80);
  std::vector<Event> events;
  for (int i = 1; i <= 9; ++i) {
    const std::string stage = "s" + std::to_string(i);
    events.push_back(StageStarted{stage, "run", ""});
    events.push_back(StageOutput{stage, "busy"});
  }
  EXPECT_THAT(see(events), ElementsAre("s1  baking  0.1 s", "s2  baking  0.1 s", "… and 7 more"));
}

TEST_F(TerminalReporterTest, GivesUpLogsBeforeDownloads) {
  open(4, 80);
  EXPECT_THAT(see({kKafka, kBase, StageOutput{"base", "busy"},
                   DownloadProgress{"kafka", "kafka.tgz", 0, 0, false}}),
              ElementsAre(HasSubstr("kafka  baking"), HasSubstr("kafka.tgz  0 B"),
                          HasSubstr("base   baking")));
}

TEST_F(TerminalReporterTest, ShowsHowFarADownloadIsAndHowFast) {
  open(24, 100);
  see({StageStarted{"kafka", "fetch", ""},
       DownloadProgress{"kafka", "kafka.tgz", 0, 128'000'000, false}});
  clock_.advance(std::chrono::milliseconds(900));
  EXPECT_THAT(see({DownloadProgress{"kafka", "kafka.tgz", 32'000'000, 128'000'000, false}}),
              ElementsAre("kafka  fetching  1.1 s",
                          "  kafka.tgz  25 % of 128 MB, 32 MB/s  ████░░░░░░░░░░░░"));
}

TEST_F(TerminalReporterTest, SumsDownloadsOfAStage) {
  open(24, 100);
  EXPECT_THAT(see({StageStarted{"base", "fetch", ""},
                   DownloadProgress{"base", "a.deb", 1'000'000, 1'000'000, true},
                   DownloadProgress{"base", "b.deb", 2'000'000, 4'000'000, false},
                   DownloadProgress{"base", "c.deb", 4'000'000, 8'000'000, false}}),
              ElementsAre("base  fetching  0.1 s",
                          "  2 downloads (1 done)  50 % of 12 MB  ████████░░░░░░░░"));
}

TEST_F(TerminalReporterTest, LetsNoEscapeSequenceOfAStageThrough) {
  open(24, 80);
  see({kKafka, StageOutput{"kafka", "\x1b[2J\x1b[Hgone\x1b]0;title\a"},
       StageMessage{"kafka", true, "\x1b[2Jhm"}});
  EXPECT_THAT(terminal_->raw(), Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(terminal_->raw(), Not(HasSubstr("title")));
}

TEST_F(TerminalReporterTest, ShowsWhatAStageHasToSayLikeItsLog) {
  open(24, 80);
  EXPECT_THAT(see({kKafka, StageMessage{"kafka", false, "connection lost, trying again"}}),
              ElementsAre(HasSubstr("kafka  baking"), "  connection lost, trying again"));
}

TEST_F(TerminalReporterTest, PutsWarningsAboveTheBlock) {
  open(24, 80);
  EXPECT_THAT(see({kKafka, StageMessage{"kafka", true, "no answer"}}),
              ElementsAre("warning: kafka: no answer", "kafka  baking  0.1 s (never baked)"));
}

TEST_F(TerminalReporterTest, DrawsSeldomHoweverMuchAStagePrints) {
  open(24, 80);
  see({kKafka});
  const size_t before = terminal_->raw().size();
  for (int i = 0; i < 1000; ++i) reporter_->on(StageOutput{"kafka", std::to_string(i)});
  EXPECT_LT(terminal_->raw().size() - before, 200U);
  EXPECT_THAT(see({}), ElementsAre(HasSubstr("kafka  baking"), "  999"));
}

TEST_F(TerminalReporterTest, ScrollsTheScreenWithoutLeavingTraces) {
  open(4, 80);
  for (int i = 1; i <= 20; ++i) {
    see({StageStarted{"s", "run", ""}, StageOutput{"s", "busy"},
         StageFinished{"s", StageOutcome::kBaked, 1, "ab", 5000, ""}});
  }
  reporter_.reset();
  const std::vector<std::string> lines = terminal_->lines();
  EXPECT_THAT(lines, SizeIs(20));
  EXPECT_THAT(lines, Each("s: baked in 1.0 s, 5.0 KB"));
}

TEST_F(TerminalReporterTest, UsesColoursOnlyWhereTheyAreWanted) {
  open(24, 80, false);
  see({kKafka, Note{true, "careful"}});
  EXPECT_THAT(terminal_->raw(), Not(::testing::ContainsRegex("\x1b\\[[0-9;]*m")));
  open(24, 80, true);
  see({kKafka, Note{true, "careful"}});
  EXPECT_THAT(terminal_->raw(), HasSubstr("\x1b[1mkafka\x1b[0m"));
}

TEST_F(TerminalReporterTest, WritesNoColoursIntoAFile) {
  terminal_ = std::make_unique<testing::VirtualTerminal>(24, 80);
  FILE* file = tmpfile();
  {
    TerminalReporter reporter(true, terminal_->program(), file, clock_);
    reporter.on(Note{true, "careful"});
  }
  char text[64] = "";
  rewind(file);
  EXPECT_NE(fgets(text, sizeof text, file), nullptr);
  fclose(file);
  EXPECT_STREQ(text, "warning: careful\n");
}

}  // namespace
}  // namespace baker
