// What happened, told in lines: the part that logs and the live view have in common.
#pragma once

#include "engine/bake/events.h"

#include <set>
#include <string>
#include <vector>

namespace baker {

enum class Tone { kPlain, kWarning, kFailure };

struct Line {
  Tone tone = Tone::kPlain;  // all but kPlain belong on standard error
  std::string text;          // printable; a warning says so itself
};

class Narrator {
 public:
  Narrator(bool quiet, bool verbose) : quiet_(quiet), verbose_(verbose) {}

  // The lines that an event is worth, often none. Starts and downloads are left to the styles.
  std::vector<Line> tell(const Event& event);

 private:
  std::vector<Line> tell_output(const StageOutput& output) const;
  std::vector<Line> tell_message(const StageMessage& message) const;
  std::vector<Line> tell_finished(const StageFinished& finished);
  std::vector<Line> tell_note(const Note& note) const;
  std::vector<Line> tell_summary(const RunFinished& finished) const;

  bool quiet_;
  bool verbose_;
  std::set<std::string> methods_;  // how machines were placed
};

}  // namespace baker
