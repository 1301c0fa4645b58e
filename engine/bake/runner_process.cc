#include "engine/bake/runner_process.h"

#include "engine/bake/download_events.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace baker {
namespace {

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr size_t kLastLines = 20;
constexpr size_t kLongestLine = 16 * 1024;
constexpr size_t kShownOfEvent = 200;        // bytes
constexpr size_t kLongestError = 16 * 1024;  // bytes
constexpr size_t kLongestLog = 16 << 20;     // bytes
constexpr size_t kLongestEvent = 64 << 20;   // bytes: a reply with thousands of pins takes one

// True at the end of the stream.
bool read_available(int fd, std::string& bytes) {
  char buffer[65536];
  for (;;) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count > 0) {
      bytes.append(buffer, static_cast<size_t>(count));
    } else if (count == 0) {
      return true;
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      throw system_error("cannot read from a stage");
    }
  }
}

template <typename OnLine>
void take_lines(std::string& bytes, bool at_end, OnLine on_line) {
  size_t start = 0;
  for (size_t end; (end = bytes.find('\n', start)) != std::string::npos; start = end + 1) {
    on_line(bytes.substr(start, end - start));
  }
  bytes.erase(0, start);
  if (!bytes.empty() && (at_end || bytes.size() > kLongestLine)) on_line(std::exchange(bytes, {}));
}

}  // namespace

RunnerProcess::RunnerProcess(const std::string& program, StageRequest request,
                             const std::vector<int>& given, const std::string& log_file,
                             EventSink& sink, int gate)
    : stage_(request.stage),
      log_file_(log_file),
      sink_(sink),
      started_(std::chrono::steady_clock::now()) {
  Pipe events = make_pipe();
  Pipe output = make_pipe();
  std::vector<std::pair<int, int>> descriptors = {{output.write_end.get(), 1},
                                                  {output.write_end.get(), 2},
                                                  {events.write_end.get(), kEventsFd}};
  const size_t layers = request.layers.size();
  for (size_t i = 0; i < given.size(); ++i) {
    const int fd = kFirstLayerFd + static_cast<int>(i);
    (i < layers ? request.layers[i].fd : request.machines[i - layers].fd) = fd;
    descriptors.emplace_back(given[i], fd);
  }
  if (request.gate) descriptors.emplace_back(gate, kGateFd);
  UniqueFd sent = memory_file(request.to_json());
  UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
  descriptors.emplace_back(sent.get(), kRequestFd);
  descriptors.emplace_back(nothing.get(), 0);

  int namespaces = CLONE_NEWNS | CLONE_NEWIPC;
  // From a PID namespace of its own a probe could not enter those of the machines.
  if (request.kind != "probe") namespaces |= CLONE_NEWPID;
  if (request.step == "run") namespaces |= CLONE_NEWNET;
  // What a layer is made from stands in its key, and the caller's environment does not.
  std::optional<std::vector<std::string>> environment;
  if (request.step == "run") environment = {"PATH=" + std::string(kPath), "LANG=C.UTF-8"};
  start({{program}, std::move(environment), "/", std::move(descriptors), namespaces},
        std::move(events), std::move(output));
}

RunnerProcess::RunnerProcess(const std::vector<std::string>& command, const std::string& request,
                             const std::string& stage, const std::string& log_file, EventSink& sink)
    : stage_(stage),
      log_file_(log_file),
      sink_(sink),
      downloads_(true),
      started_(std::chrono::steady_clock::now()) {
  Pipe events = make_pipe();
  Pipe output = make_pipe();
  UniqueFd sent = memory_file(request);
  const std::vector<std::pair<int, int>> descriptors = {
      {sent.get(), 0}, {events.write_end.get(), 1}, {output.write_end.get(), 2}};
  start({command, std::nullopt, "/", descriptors, 0}, std::move(events), std::move(output));
}

void RunnerProcess::start(const SpawnOptions& options, Pipe events, Pipe output) {
  process_.emplace(options);
  events_ = std::move(events.read_end);
  output_ = std::move(output.read_end);
  fcntl(events_.get(), F_SETFL, O_NONBLOCK);
  fcntl(output_.get(), F_SETFL, O_NONBLOCK);
}

void RunnerProcess::read_events() {
  if (!events_.valid()) return;
  const bool at_end = read_available(events_.get(), event_bytes_);
  if (at_end) events_.reset();
  // An event may be long (a reply with hundreds of pins): only whole lines are taken.
  size_t start = 0;
  for (size_t end; (end = event_bytes_.find('\n', start)) != std::string::npos; start = end + 1) {
    on_line(event_bytes_.substr(start, end - start));
  }
  event_bytes_.erase(0, start);
  if (event_bytes_.size() > kLongestEvent) {
    misunderstand(event_bytes_);
    event_bytes_.clear();
    stop();
  }
}

void RunnerProcess::misunderstand(const std::string& event) {
  if (event_trouble_.empty())
    event_trouble_ =
        "its plugin reported something that baker can't read: " + event.substr(0, kShownOfEvent);
}

void RunnerProcess::read_output() {
  if (!output_.valid()) return;
  const bool at_end = read_available(output_.get(), output_bytes_);
  if (at_end) output_.reset();
  take_lines(output_bytes_, at_end, [this](std::string line) { on_output_line(std::move(line)); });
}

// A log that can't be written any more fails the stage at its end, not all that runs beside it.
void RunnerProcess::keep_in_log(const std::string& line) {
  if (!log_trouble_.empty() || log_size_ > kLongestLog) return;
  log_size_ += line.size() + 1;
  const bool full = log_size_ > kLongestLog;
  try {
    if (!log_.valid()) log_ = open_or_throw(log_file_, O_WRONLY | O_CREAT | O_APPEND, 0644);
    write_all(log_.get(), full ? "(…the rest of a long log is left out)\n" : line + "\n",
              log_file_);
  } catch (const Error& error) {
    log_trouble_ = error.describe();
  }
}

void RunnerProcess::on_output_line(std::string line) {
  keep_in_log(line);
  last_lines_.push_back(line);
  if (last_lines_.size() > kLastLines) last_lines_.pop_front();
  sink_.on(StageOutput{stage_, std::move(line)});
}

void RunnerProcess::on_line(const std::string& line) {
  try {
    const nlohmann::json event = nlohmann::json::parse(line);
    downloads_ ? on_download(event) : on_event(event);
  } catch (const nlohmann::json::exception&) {
    misunderstand(line);
  }
}

void RunnerProcess::on_event(const nlohmann::json& event) {
  const std::string kind = event.value("event", "");
  if (kind == "log") {
    const std::string text = event.value("text", "");
    const std::string level = event.value("level", "");
    keep_in_log(level == "waiting" ? "waiting for " + text : text);
    if (level == "waiting") {
      sink_.on(StageWaitsFor{stage_, text});
    } else {
      sink_.on(StageMessage{stage_, level == "warning", text});
    }
  } else if (kind == "download") {
    report_download(event.value("download", nlohmann::json::object()), stage_, sink_);
  } else if (kind == "result") {
    answered_ = result_.answered = true;
    result_.unreachable = event.value("unreachable", false);
    result_.ok = event.value("status", 1) == 0;
    const std::string reply = event.value("reply", "");
    if (result_.ok) {
      result_.reply = nlohmann::json::parse(reply, nullptr, false);
    } else {
      const std::string before = result_.error.empty() ? "" : ": " + result_.error;
      result_.error = reply.substr(0, kLongestError) + before;
      if (reply.size() > kLongestError)
        result_.error += " … (the rest of a long message is left out)";
    }
  } else if (kind == "crash") {
    answered_ = true;
    result_.ok = false;
    result_.error = event.value("text", "");
  } else if (kind == "pinned-content") {
    (event.value("intact", false) ? result_.verified : result_.damaged)
        .push_back(event.value("file", ""));
  } else if (kind == "layer") {
    result_.layer = event.value("digest", "");
    result_.bytes = event.value("bytes", std::uint64_t{0});
    result_.entries = event.value("entries", std::uint64_t{0});
  }
}

void RunnerProcess::on_download(const nlohmann::json& line) {
  const std::string kind = line.value("event", "");
  if (kind == "result" || kind == "layer" || kind == "log") return on_event(line);
  if (kind == "output") return on_output_line(line.value("line", ""));
  if (kind == "unfit") result_.error = line.value("text", "");
  report_download(line, stage_, sink_);
  if (kind != "failed") return;
  answered_ = true;
  result_.error += (result_.error.empty() ? "" : "\n") + line.value("message", "");
}

void RunnerProcess::stop() {
  if (process_) process_->kill(SIGKILL);
}

StepResult RunnerProcess::finish() {
  const ProcessEnd end = process_->wait();
  process_.reset();
  if (downloads_ && end.ok()) {
    result_.ok = true;
    return std::move(result_);
  }
  if (!answered_ && !result_.error.empty()) {  // it said why it could not do it
    result_.ok = false;
  } else if (!answered_ || (result_.ok && !end.ok())) {
    result_.ok = result_.answered = false;
    const char* name = end.signal ? sigabbrev_np(end.signal) : nullptr;
    result_.error =
        end.signal ? fmt::format("its runner was ended by SIG{}", name ? name : "?")
                   : fmt::format("its runner ended with status {} and no result", end.exit_status);
  }
  for (const std::string& trouble : {event_trouble_, log_trouble_}) {
    if (trouble.empty()) continue;
    result_.error += (result_.ok ? "" : "\n") + trouble;
    result_.ok = false;
  }
  return std::move(result_);
}

}  // namespace baker
