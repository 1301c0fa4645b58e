// One helper process at work, baker-stage-runner, baker-download or baker-remote: its events, its
// log, its end.
#pragma once

#include "engine/bake/events.h"
#include "engine/io/process.h"
#include "engine/plugin/stage_request.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// How a step ended.
struct StepResult {
  bool ok = false;
  bool answered = false;     // else it was not carried out
  bool unreachable = false;  // a server did not do its part
  std::string error;         // for a person
  nlohmann::json reply;      // of the step
  std::string layer;         // digest, of step run
  std::uint64_t bytes = 0;   // of the layer's content
  std::uint64_t entries = 0;
  std::vector<std::string> verified;  // files of the download store, by name
  std::vector<std::string> damaged;   // likewise: their content is not what it should be
};

// `sink` outlives it. Destroying it kills the process and waits for its end. The constructors throw
// Error where it can't be started.
class RunnerProcess {
 public:
  // Starts the runner. `descriptors` are the folders of the root's layers in the order of
  // request.layers, then the pidfds of request.machines; `log_file` gets whatever the stage prints,
  // if anything, up to 16 MiB; `gate` is for a request that has one. All descriptors stay the
  // caller's, who may close them afterwards.
  RunnerProcess(const std::string& program, StageRequest request,
                const std::vector<int>& descriptors, const std::string& log_file, EventSink& sink,
                int gate = -1);

  // Starts baker-download, or baker-remote, for one stage. It reads the request and prints events.
  RunnerProcess(const std::vector<std::string>& command, const std::string& request,
                const std::string& stage, const std::string& log_file, EventSink& sink);

  // Descriptors to wait on for reading; closed ones are -1.
  int events_fd() const { return events_.get(); }
  int output_fd() const { return output_.get(); }
  std::chrono::steady_clock::time_point started() const { return started_; }

  // Read what is there, and tell the sink. Never block. Throw Error where a stream can't be read.
  void read_events();
  void read_output();
  bool finished() const { return !events_.valid() && !output_.valid(); }

  // Readable once the runner has ended. What it left behind in a machine may hold its streams open:
  // then there is nothing more to wait for. Not to be called after finish().
  int process_fd() const { return process_->pidfd(); }

  void stop();  // kills the runner and with it everything it started; does not wait
  // Waits for its end and reaps it. To be called once: when it is finished(), when process_fd() is
  // readable, or after stop().
  StepResult finish();

  const std::deque<std::string>& last_lines() const { return last_lines_; }

 private:
  void start(const SpawnOptions& options, Pipe events, Pipe output);
  void on_line(const std::string& line);
  void on_event(const nlohmann::json& event);
  void misunderstand(const std::string& event);  // fails the step
  void on_download(const nlohmann::json& line);
  void keep_in_log(const std::string& line);
  void on_output_line(std::string line);

  std::string stage_;
  std::string log_file_;
  std::string log_trouble_;
  size_t log_size_ = 0;
  std::string event_trouble_;
  EventSink& sink_;
  UniqueFd events_;
  UniqueFd output_;
  UniqueFd log_;
  std::string event_bytes_;
  std::string output_bytes_;
  std::deque<std::string> last_lines_;
  std::optional<Process> process_;
  StepResult result_;
  bool answered_ = false;
  bool downloads_ = false;  // the process speaks of downloads
  std::chrono::steady_clock::time_point started_;
};

}  // namespace baker
