// What happens while baker works. The engine emits; reporters decide how it looks.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace baker {

struct RunStarted {
  std::string pipeline;
  size_t stages = 0;
};
struct StageStarted {
  std::string stage;
  std::string step;     // resolve, fetch, run, apply
  std::string reason;   // why it runs
  std::string where{};  // on which other host; empty: on this one
};
struct StageWaiting {
  std::string stage;
  std::string for_what;  // "another baker, which bakes the same"
};
struct StageOutput {
  std::string stage;
  std::string line;
};
struct StageMessage {
  std::string stage;
  bool warning = false;
  std::string text;
};
struct DownloadProgress {
  std::string stage;
  std::string name;
  std::uint64_t done = 0;   // bytes
  std::uint64_t total = 0;  // bytes; 0: not known
  bool finished = false;
};

enum class StageOutcome { kCached, kPulled, kBaked, kInPlace, kPlaced, kPending, kReady, kFailed };
struct StageFinished {
  std::string stage;
  StageOutcome outcome = StageOutcome::kCached;
  double seconds = 0;
  std::string layer;        // digest, of a layer stage
  std::uint64_t bytes = 0;  // of the content of a layer that was baked or pulled
  std::string detail;       // how a machine was placed; the error of a stage that failed
};
struct StageWaitsFor {  // what a probe waits for at the moment
  std::string stage;
  std::string what;
};
struct Note {  // about the run as a whole
  bool warning = false;
  std::string text;
};
// The words for a shared cache that does not work.
inline std::string left_alone(const std::string& remote, const std::string& why) {
  return remote + " is left alone for the rest of this run: " + why;
}
struct RunFinished {
  std::string pipeline;
  bool ok = true;
  size_t baked = 0;
  size_t cached = 0;
  size_t pulled = 0;
  size_t placed = 0;
  size_t in_place = 0;
  size_t pending = 0;
  size_t removed = 0;  // machines that the pipeline no longer describes
  double seconds = 0;
  std::vector<std::string> notes = {};  // what the user should know of pins that are in use
  std::string next = {};                // the next command to type
};

using Event = std::variant<RunStarted, StageStarted, StageWaiting, StageOutput, StageMessage,
                           StageWaitsFor, DownloadProgress, StageFinished, Note, RunFinished>;

// Called from one thread, in the order in which things happen.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
  // Called about ten times a second while stages run, for those who draw clocks.
  static constexpr int kTickMs = 100;
  virtual void tick() {}
  virtual bool wants_ticks() const { return false; }
};

}  // namespace baker
