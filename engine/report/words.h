// The words that every human style says the same way.
#pragma once

#include "engine/bake/events.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

// "1 stage", "2 stages".
std::string counted(size_t count, const std::string& thing);

// "7 ms", "1.3 s", "2 min 5 s", "1 h 4 min".
// "2026-11-30 20:41:51", by this host's clock and zone. `seconds`: since 1970.
std::string local_time(std::int64_t seconds);
std::string human_duration(double seconds);

// "cached", "baked", "in place", "placed", "pending", "failed".
std::string_view outcome_word(StageOutcome outcome);

// What a stage does in a step: "resolving", "fetching", "baking", "placing".
std::string step_words(const StageStarted& started);  // "baking on node1"
std::string step_word(std::string_view step);

// " (version 4.2.1 → 4.3.1)" for a stage that starts, or nothing where no reason was given. A
// reason that begins with the stage's own name does not say it twice.
std::string reason_in_brackets(const StageStarted& started);

// "kafka: baked in 2.1 s, 43 MB".
std::string finished_line(const StageFinished& finished);

// What the run came to, its notes, and the next command. One line alone where
// there was nothing to do. `methods`: how machines were placed.
std::vector<std::string> summary_lines(const RunFinished& finished,
                                       const std::set<std::string>& methods);

}  // namespace baker
