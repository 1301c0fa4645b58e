#include "engine/report/words.h"

#include "engine/base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace baker {
namespace {

// The thing is named once: "9 stages baked, 3 cached".
struct Tally {
  std::string thing;
  std::string text;

  void add(size_t count, std::string_view outcome, const std::string& how = "") {
    if (count == 0) return;
    text += text.empty() ? counted(count, thing) : fmt::format(", {}", count);
    text += " " + std::string(outcome) + how;
  }
};

std::string machines(const RunFinished& run, const std::set<std::string>& methods) {
  const std::string how = join({methods.begin(), methods.end()}, ", ");
  Tally tally{"machine", ""};
  tally.add(run.placed, "placed", how.empty() ? "" : " (" + how + ")");
  tally.add(run.in_place, "in place");
  tally.add(run.pending, "pending");
  tally.add(run.removed, "removed");
  return tally.text;
}

std::string stages(const RunFinished& run) {
  Tally tally{"stage", ""};
  tally.add(run.baked, "baked");
  tally.add(run.pulled, "pulled");
  tally.add(run.cached, "cached");
  return tally.text;
}

std::string joined(const std::string& left, std::string_view between, const std::string& right) {
  return left.empty() || right.empty() ? left + right : left + std::string(between) + right;
}

bool did_nothing(const RunFinished& run) {
  return run.ok && run.baked + run.pulled == 0 && run.placed == 0 && run.pending == 0 &&
         run.removed == 0;
}

}  // namespace

std::string counted(size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string local_time(std::int64_t seconds) {
  char text[40];
  const time_t time = seconds;
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", std::localtime(&time));
  return text;
}

std::string human_duration(double seconds) {
  const double tenths = std::round(seconds * 10) / 10;
  char text[32];
  if (seconds < 0.1) {
    std::snprintf(text, sizeof text, "%.0f ms", std::max(seconds, 0.0) * 1000);
  } else if (tenths < 60) {
    std::snprintf(text, sizeof text, "%.1f s", tenths);
  } else {
    const long long whole = std::llround(seconds);
    if (whole < 3600) {
      std::snprintf(text, sizeof text, "%lld min %lld s", whole / 60, whole % 60);
    } else {
      std::snprintf(text, sizeof text, "%lld h %lld min", whole / 3600, whole % 3600 / 60);
    }
  }
  return text;
}

std::string_view outcome_word(StageOutcome outcome) {
  switch (outcome) {
    case StageOutcome::kCached:
      return "cached";
    case StageOutcome::kPulled:
      return "pulled";
    case StageOutcome::kBaked:
      return "baked";
    case StageOutcome::kInPlace:
      return "in place";
    case StageOutcome::kPlaced:
      return "placed";
    case StageOutcome::kPending:
      return "pending";
    case StageOutcome::kReady:
      return "ready";
    case StageOutcome::kFailed:
      return "failed";
  }
  return "";
}

std::string step_word(std::string_view step) {
  if (step == "resolve") return "resolving";
  if (step == "fetch") return "fetching";
  if (step == "run") return "baking";
  if (step == "apply") return "placing";
  if (step == "probe") return "asking";
  if (step == "exercise") return "using it";
  if (step == "retire") return "letting machines go";
  if (step == "finalize") return "making the new version permanent";
  return std::string(step);
}

std::string step_words(const StageStarted& started) {
  return step_word(started.step) + (started.where.empty() ? "" : " on " + started.where);
}

std::string reason_in_brackets(const StageStarted& started) {
  std::string_view reason = started.reason;
  const std::string own_name = started.stage + " changed: ";
  if (reason.starts_with(own_name)) reason.remove_prefix(own_name.size());
  return reason.empty() ? "" : " (" + std::string(reason) + ")";
}

std::string finished_line(const StageFinished& finished) {
  std::string line = finished.stage + ": " + std::string(outcome_word(finished.outcome));
  const std::string duration = " in " + human_duration(finished.seconds);
  switch (finished.outcome) {
    case StageOutcome::kBaked:
    case StageOutcome::kPulled:
      return line + duration + ", " + human_bytes(finished.bytes);
    case StageOutcome::kPlaced:
      return line + (finished.detail.empty() ? "" : " (" + finished.detail + ")") + duration;
    case StageOutcome::kPending:
      return line + ": its machine runs; the new tree waits beside it until it has stopped";
    case StageOutcome::kReady:
      return line + duration + (finished.detail.empty() ? "" : ": " + finished.detail);
    case StageOutcome::kCached:
    case StageOutcome::kInPlace:
    case StageOutcome::kFailed:
      return line;
  }
  return line;
}

std::vector<std::string> summary_lines(const RunFinished& run,
                                       const std::set<std::string>& methods) {
  const std::string duration = human_duration(run.seconds);
  const std::string done = joined(stages(run), "; ", machines(run, methods));
  if (!run.ok) return {joined(run.pipeline + ": failed after " + duration, "; ", done)};
  std::vector<std::string> lines = {run.pipeline + ": " + done + " in " + duration};
  if (did_nothing(run)) {
    const std::string kept = joined(stages(run), ", ", machines(run, methods));
    lines = {joined(run.pipeline + ": nothing to do", ", ", kept) + " (" + duration + ")"};
  }
  lines.insert(lines.end(), run.notes.begin(), run.notes.end());
  if (!run.next.empty()) lines.push_back("next: " + run.next);
  return lines;
}

}  // namespace baker
