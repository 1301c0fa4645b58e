#include "engine/report/reporters.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace baker {
namespace {

class MakeReporter : public ::testing::Test {
 protected:
  void TearDown() override { setenv("TERM", term_.c_str(), 1); }

  static bool is_live(const ReportOptions& options) {
    return make_reporter(options)->wants_ticks();  // only clocks that are drawn need them
  }

 private:
  const std::string term_ = std::getenv("TERM") == nullptr ? "" : std::getenv("TERM");
};

TEST_F(MakeReporter, DrawsALiveViewOnATerminal) {
  setenv("TERM", "xterm", 1);
  EXPECT_TRUE(is_live({.style = ReportStyle::kTerminal}));
  EXPECT_FALSE(is_live({.style = ReportStyle::kLines}));
  EXPECT_FALSE(is_live({.style = ReportStyle::kJson}));
}

TEST_F(MakeReporter, PrintsLinesToThoseWhoWantLessOrMore) {
  setenv("TERM", "xterm", 1);
  EXPECT_FALSE(is_live({.style = ReportStyle::kTerminal, .quiet = true}));
  EXPECT_FALSE(is_live({.style = ReportStyle::kTerminal, .verbose = true}));
}

TEST_F(MakeReporter, PrintsLinesOnATerminalThatCannotMoveItsCursor) {
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(is_live({.style = ReportStyle::kTerminal}));
}

}  // namespace
}  // namespace baker
