#include "engine/bake/builder.h"

#include "engine/bake/build_work.h"
#include "engine/base/check.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/plan/failed_attempts.h"

#include <poll.h>

#include <algorithm>

namespace baker {

Builder::Builder(const BuilderParts& parts)
    : pipeline_(parts.pipeline),
      planner_(parts.planner),
      keys_(parts.keys),
      plugins_(parts.plugins),
      lock_(parts.lock),
      store_(parts.store),
      machines_(parts.machines),
      state_(parts.state),
      settings_(parts.settings),
      sink_(parts.sink),
      why_(parts.why),
      layers_(parts.pipeline.stages.size()) {
  for (size_t i = 0; i < pipeline_.stages.size(); ++i) work_.push_back(std::make_unique<Work>());
}

Builder::~Builder() = default;

RunFinished Builder::run() {
  const auto started = std::chrono::steady_clock::now();
  summary_.pipeline = pipeline_.name;
  choose_stages();
  store_.sweep();
  commits_ = std::make_unique<CommitQueue>(store_);
  for (;;) {
    const bool full = commits_->is_full();
    if (!full) {
      use_free_places();
      start_ready();
    }
    if (running_ == 0 && !full) break;
    wait_for_something();
  }
  for (size_t i = 0; i < work_.size(); ++i) {
    const Work& work = *work_[i];
    if (!work.snapshot_tree.empty() && work.phase == Phase::kWaiting)
      machines_.discard(pipeline_.stages[i]);
  }
  try {
    commits_->drain();
    if (!host_records_.empty()) store_.note(host_records_);
    if (!failures_.interrupted()) place_machines();
  } catch (const Error& error) {
    failures_.add(error);
  }
  summary_.seconds = seconds_since(started);
  summary_.ok = !failures_.any();
  if (failures_.any()) {
    sink_.on(summary_);
    throw failures_.all();
  }
  return summary_;
}

// Stages come after those they stand on, so one look backwards finds all that is needed.
void Builder::choose_stages() {
  if (settings_.goal == Goal::kMachines) {
    for (const Stage& stage : pipeline_.stages) to_bake_.push_back(!stage.type->at_up);
    included_ = to_bake_;
    return;
  }
  included_ = settings_.wanted;
  to_bake_ = settings_.wanted;
  if (settings_.goal == Goal::kPins) to_bake_.assign(work_.size(), false);
  for (size_t i = work_.size(); i-- > 0;) {
    const Stage& stage = pipeline_.stages[i];
    if (!to_bake_[i] && !included_[i]) continue;
    included_[i] = true;
    for (size_t below : stage.from) to_bake_[below] = included_[below] = true;
  }
}

// Whether nothing that it stands on, or comes after, is still to be done.
bool Builder::is_ready(size_t index) const {
  auto is_done = [this](size_t below) { return !included_[below] || is_over(work_[below]->phase); };
  const Stage& stage = pipeline_.stages[index];
  return std::ranges::all_of(stage.from, is_done) && std::ranges::all_of(stage.needs, is_done);
}

// Layers first: others wait for them, and all machines that can be made then begin together.
void Builder::start_ready() {
  start_ready(false);
  start_ready(true);
  if (!snapshots_.empty()) take_snapshots();
}

// A machine that began as a snapshot waits for it, and then for the file system.
unsigned Builder::most_at_a_time(const Work& work) const {
  if (settings_.elsewhere && remote_works_)
    return settings_.jobs + static_cast<unsigned>(settings_.elsewhere->places());
  return work.snapshot_tree.empty() || settings_.jobs == 1 ? settings_.jobs : 2 * settings_.jobs;
}

void Builder::start_ready(bool hosts) {
  for (size_t i = 0; i < work_.size() && !failures_.any(); ++i) {
    Work& work = *work_[i];
    if (work.phase != Phase::kWaiting || !included_[i]) continue;
    if ((pipeline_.stages[i].type->kind == StageKind::kHost) != hosts || !is_ready(i)) continue;
    if (running_ >= most_at_a_time(work)) return;
    enter(i, Phase::kDeciding);
    work.started = std::chrono::steady_clock::now();
    attempt(i, [&] { advance(i); });
  }
}

// The one place that changes a phase.
void Builder::enter(size_t index, Phase phase) {
  Phase& now = work_[index]->phase;
  check(may_follow(now, phase), "a stage goes from phase to phase as phase.cc says");
  if (is_active(now)) --running_;
  if (is_active(phase)) ++running_;
  work_[index]->timed_out = false;
  now = phase;
}

void Builder::wait_for_something() {
  const int interrupt_fd =
      failures_.interrupted() ? -1 : settings_.interrupt_fd;  // -1: not watched
  std::vector<pollfd> fds = {{interrupt_fd, POLLIN, 0}, {commits_->fd(), POLLIN, 0}};
  std::vector<size_t> owners = {0, 0};
  auto watch = [&](int fd, size_t owner) {
    if (fd < 0) return;
    fds.push_back({fd, POLLIN, 0});
    owners.push_back(owner);
  };
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (size_t i = 0; i < work_.size(); ++i) {
    Work& work = *work_[i];
    if (work.waiter) watch(work.waiter->fd(), i);
    if (!work.runner) continue;
    watch(work.runner->events_fd(), i);
    watch(work.runner->output_fd(), i);
    const std::optional<std::int64_t> limit = limit_of(i);
    if (!limit || work.timed_out) continue;
    const auto end = work.runner->started() + std::chrono::seconds(*limit);
    if (!deadline || end < *deadline) deadline = end;
  }
  int timeout = -1;
  if (deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                    *deadline - std::chrono::steady_clock::now())
                    .count() +
                1;
    timeout = static_cast<int>(std::clamp<long long>(left, 0, 60'000));
  }
  if (sink_.wants_ticks()) {
    timeout = timeout < 0 ? EventSink::kTickMs : std::min(timeout, EventSink::kTickMs);
    sink_.tick();
  }
  if (poll(fds.data(), fds.size(), timeout) < 0) return;
  if (fds[0].revents != 0) return end_all();

  for (size_t i = 2; i < fds.size(); ++i) {
    Work& work = *work_[owners[i]];
    if (fds[i].revents == 0 || !work.runner) continue;
    if (fds[i].fd == work.runner->events_fd()) {
      work.runner->read_events();
    } else if (fds[i].fd == work.runner->output_fd()) {
      work.runner->read_output();
    }
  }
  handle_ended();
}

void Builder::handle_ended() {
  for (size_t i = 0; i < work_.size(); ++i) {
    Work& work = *work_[i];
    const std::optional<std::int64_t> limit = limit_of(i);
    if (work.runner && !work.timed_out && limit &&
        seconds_since(work.runner->started()) >= static_cast<double>(*limit)) {
      work.timed_out = true;
      work.runner->stop();
    }
    attempt(i, [&] {
      if (work.runner && work.runner->finished()) return on_step_done(i);
      if (!work.waiter) return;
      work.key_lock = work.waiter->try_take();
      if (!work.key_lock) return;
      work.waiter.reset();
      enter(i, Phase::kDeciding);
      advance(i);
    });
  }
}

// Whatever is wrong with a stage costs that stage alone.
void Builder::attempt(size_t index, const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    fail(index, error.describe());
  } catch (const nlohmann::json::exception&) {
    fail(index, "baker can't read what its plugin replied");
  }
}

// Everything that runs is ended, and with it its mounts; what was finished stays.
void Builder::end_all() {
  failures_.interrupt();
  for (size_t i = 0; i < work_.size(); ++i) {
    if (!is_active(work_[i]->phase)) continue;
    work_[i]->runner.reset();
    if (work_[i]->place_away) leave_place(i, false);
    work_[i]->waiter.reset();
    if (work_[i]->folder) work_[i]->folder->leave();
    work_[i]->folder.reset();
    enter(i, Phase::kDone);
  }
  store_.sweep();
  for (const Stage& stage : pipeline_.stages) {
    if (stage.type->kind == StageKind::kHost) machines_.discard(stage);
  }
  check(running_ == 0, "nothing runs once all was ended");
}

void Builder::finish_resolved(size_t index) {
  work_[index]->folder.reset();
  enter(index, Phase::kDone);
}

void Builder::fail(size_t index, const std::string& message) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  std::string text = message;
  if (!work.step_folder.empty() && path_exists(work.step_folder)) {
    const std::string kept = failure_log(settings_.logs_folder, stage.name);
    try {
      make_directories(settings_.logs_folder, 0700);
      write_file_atomically(kept, read_file_if_exists(work.log_file).value_or(""), 0644, false);
      text += "\nthe whole log is " + kept +
              ", and printed by: " + command_line(settings_.invocation, "log", {stage.name});
    } catch (const Error& error) {
      text += "\nthe log could not be kept: " + error.describe();
    }
  }
  work.runner.reset();
  if (work.place_away) leave_place(index, true);
  work.waiter.reset();
  work.key_lock.reset();
  work.folder.reset();
  std::erase_if(snapshots_,
                [&](const SubvolumeSnapshot& each) { return each.to == work.snapshot_tree; });
  if (work.phase == Phase::kPreparing) machines_.discard(stage);
  enter(index, Phase::kDone);
  sink_.on(
      StageFinished{stage.name, StageOutcome::kFailed, seconds_since(work.started), "", 0, text});
  // A stage may have missed a layer below it for that reason.
  if (const std::optional<Error> failure = commits_->failure()) failures_.add(*failure);
  if (!failures_.add(stage.name, text)) return;
  if (const std::vector<std::string> others = running_stages(); !others.empty())
    sink_.on(Note{false, "stage " + stage.name + " failed (" + text.substr(0, text.find('\n')) +
                             "); what runs is let finish: " + join(others, ", ")});
}

std::vector<std::string> Builder::running_stages() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < work_.size(); ++i)
    if (is_active(work_[i]->phase)) names.push_back(pipeline_.stages[i].name);
  return names;
}

}  // namespace baker
