#include "engine/report/lines_reporter.h"

#include <gtest/gtest.h>

#include <sstream>

namespace baker {
namespace {

struct Printed {
  std::string out;
  std::string err;
};

Printed print(const std::vector<Event>& events, bool quiet = false, bool verbose = false) {
  std::ostringstream out;
  std::ostringstream err;
  LinesReporter reporter(quiet, verbose, out, err);
  for (const Event& event : events) reporter.on(event);
  return {out.str(), err.str()};
}

const StageFinished kKafkaBaked{"kafka", StageOutcome::kBaked, 2.1, "abc", 43'000'000, ""};

TEST(LinesReporter, SaysWhyAStageIsBakedAndWhatCameOfIt) {
  EXPECT_EQ(
      print({StageStarted{"kafka", "run", "kafka changed: version 4.2.1 → 4.3.1"}, kKafkaBaked})
          .out,
      "kafka: baking (version 4.2.1 → 4.3.1)\n"
      "kafka: baked in 2.1 s, 43 MB\n");
}

TEST(LinesReporter, SaysWhereAStageRunsAndWhatOneWaitsFor) {
  EXPECT_EQ(print({StageStarted{"kafka", "run", "never baked", "node1"},
                   StageWaiting{"base", "a free host"},
                   StageFinished{"os", StageOutcome::kPulled, 2.1, "abc", 43'000'000, ""}})
                .out,
            "kafka: baking on node1 (never baked)\n"
            "base: waiting for a free host\n"
            "os: pulled in 2.1 s, 43 MB\n");
}

TEST(LinesReporter, SaysWhichStageFailedAndLeavesTheErrorToOthers) {
  const Printed printed =
      print({StageFinished{"kafka", StageOutcome::kFailed, 1, "", 0, "tar: a long story"}});
  EXPECT_EQ(printed.err, "kafka: failed\n");
  EXPECT_EQ(printed.out, "");
}

TEST(LinesReporter, CountsCachedStagesAndNamesThemOnlyWhenVerbose) {
  const std::vector<Event> events = {
      StageFinished{"base", StageOutcome::kCached, 0, "abc", 0, ""},
      StageFinished{"machine", StageOutcome::kInPlace, 0, "", 0, ""},
      RunFinished{.pipeline = "hello", .cached = 1, .in_place = 1, .seconds = 0.004, .next = ""}};
  const std::string summary = "hello: nothing to do, 1 stage cached, 1 machine in place (4 ms)\n";
  EXPECT_EQ(print(events).out, summary);
  EXPECT_EQ(print(events, false, true).out, "base: cached\nmachine: in place\n" + summary);
}

TEST(LinesReporter, RemembersHowMachinesWerePlaced) {
  const std::string out =
      print({StageFinished{"machine.1", StageOutcome::kPlaced, 0.3, "", 0, "reflink"},
             RunFinished{.pipeline = "hello", .placed = 1, .seconds = 1, .next = ""}})
          .out;
  EXPECT_EQ(out,
            "machine.1: placed (reflink) in 0.3 s\n"
            "hello: 1 machine placed (reflink) in 1.0 s\n");
}

TEST(LinesReporter, ShowsWhatStagesPrintOnlyWhenVerbose) {
  const std::vector<Event> events = {StageOutput{"base", "Setting up openjdk"},
                                     StageMessage{"base", false, "120 packages"}};
  EXPECT_EQ(print(events).out, "");
  EXPECT_EQ(print(events, false, true).out, "base | Setting up openjdk\nbase: 120 packages\n");
}

TEST(LinesReporter, WarnsOnStandardErrorHoweverQuiet) {
  const std::vector<Event> events = {RunStarted{"kraft3", 2},
                                     StageStarted{"kafka", "run", "never baked"},
                                     StageMessage{"kafka", true, "no answer\nnext source"},
                                     Note{true, "old.machine is no longer described"},
                                     Note{false, "for your information"},
                                     kKafkaBaked,
                                     RunFinished{.pipeline = "kraft3", .baked = 1, .next = ""}};
  const Printed printed = print(events, true);
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(printed.err,
            "warning: kafka: no answer\n"
            "  next source\n"
            "warning: old.machine is no longer described\n");
}

TEST(LinesReporter, AnnouncesALargeDownloadOnce) {
  const std::string out =
      print({DownloadProgress{"kafka", "kafka.tgz", 0, 128'000'000, false},
             DownloadProgress{"kafka", "kafka.tgz", 64'000'000, 128'000'000, false}})
          .out;
  EXPECT_EQ(out, "kafka: downloading kafka.tgz (128 MB)\n");
}

TEST(LinesReporter, SaysWhenALargeDownloadIsDone) {
  const std::string out =
      print({DownloadProgress{"kafka", "kafka.tgz", 128'000'000, 128'000'000, true}}).out;
  EXPECT_EQ(out, "kafka: downloaded kafka.tgz, 128 MB\n");
}

TEST(LinesReporter, IsSilentAboutSmallDownloads) {
  EXPECT_EQ(print({DownloadProgress{"base", "a.deb", 0, 90'000, false},
                   DownloadProgress{"base", "a.deb", 90'000, 90'000, true}})
                .out,
            "");
}

TEST(LinesReporter, LetsNoEscapeSequenceThrough) {
  const std::string out =
      print({StageOutput{"base", "\x1b[31mred\x1b[0m"},
             StageStarted{"x\x1b[2J", "run", "\x1b]0;t\a"}, Note{false, "\x1b[?1049h"}},
            false, true)
          .out;
  EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
  EXPECT_TRUE(out.starts_with("base | red\n")) << out;
}

}  // namespace
}  // namespace baker
