#include "engine/cli/bake.h"

#include "engine/base/error.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/noted_use.h"
#include "engine/cli/pipeline_data.h"
#include "engine/cli/pipeline_lock.h"
#include "engine/cli/preflight.h"
#include "engine/cli/programs.h"
#include "engine/cli/remote.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/io/made_folder.h"
#include "engine/io/system_error.h"
#include "engine/plan/failed_attempts.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

namespace baker {
namespace {

constexpr unsigned kSlurmJobs = 64;  // that wait or run at a time

unsigned job_count(const Settings& settings) {
  return settings.jobs > 0 ? settings.jobs : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Bake::Bake(const Settings& settings, std::unique_ptr<Session> session, EventSink& sink)
    : settings_(settings),
      sink_(sink),
      interrupt_(interrupt_descriptor()),
      session_(std::move(session)) {
  if (geteuid() != 0)
    throw Error("baking needs root: stages mount file systems and set owners. Try: sudo baker …");
  check_own_folders(settings_);
  const std::string folder = session_->state_folder();
  try {
    make_marked_folder(absolute_path(settings_.state_dir), {.mode = 0755}, kEverybody);
    lock_ = lock_pipeline(folder, interrupt_.get(), sink_);
  } catch (Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    throw error.during("preparing the state folder (another place can be given with --state-dir)");
  }
  DigestMemo memo = std::move(session_->memo());
  if (lock_->waited()) memo.forget_all_seen();
  session_ = std::make_unique<Session>(settings_, &*lock_, std::move(memo));
  session_->store().begin_use();  // before it is planned what it is used for
  forget_removed_data(session_->state());
  build_.invocation = settings_.invocation;
  build_.jobs = job_count(settings_);
  build_.locked = settings_.locked;
  build_.offline = settings_.offline;
  build_.runner_program = own_program("baker-stage-runner");
  build_.download_program = own_program("baker-download");
  if (const std::optional<RemoteSettings> remote = remote_of(settings_)) {
    build_.remote_program = own_program("baker-remote");
    build_.remote = request_to(*remote);
  }
  if (!settings_.on.empty()) {
    elsewhere_ = step_runner(settings_.on, settings_.jobs > 0 ? settings_.jobs : kSlurmJobs);
    const RemoteSettings remote = needed_remote(settings_);
    if (!may_push(remote))
      throw Error(
          "what other hosts bake goes through the shared cache, and records there have to be "
          "signed: there is no key to be read at " +
          remote.key_file + "; `baker remote key` makes one");
    build_.elsewhere = elsewhere_.get();
  }
  build_.machines_folder = absolute_path(settings_.machines_dir);
  build_.state_folder = folder;
  build_.logs_folder = logs_folder(folder);
  build_.interrupt_fd = interrupt_.get();
}

RunFinished Bake::run(const std::vector<PlannedStage>& planned) {
  return build(planned, Goal::kMachines, {});
}

void Bake::resolve(const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted) {
  build(planned, Goal::kPins, wanted);
}

void Bake::bake_layers(const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted) {
  build(planned, Goal::kLayers, wanted);
}

RunFinished Bake::pull_layers(const std::vector<PlannedStage>& planned,
                              const std::vector<bool>& wanted) {
  return build(planned, Goal::kSharedLayers, wanted);
}

RunFinished Bake::build(const std::vector<PlannedStage>& planned, Goal goal,
                        const std::vector<bool>& wanted) {
  Session& session = *session_;
  build_.goal = goal;
  build_.wanted = wanted;

  const PipelineState before = session.state();
  if (goal == Goal::kMachines) {
    session.machines().expect(session.pipeline());
    for (const std::string& left : session.machines().kept().remove_left())
      sink_.on(Note{true, left});
  }
  const Reasons reasons = session.reasons(planned, before);
  Builder builder({.pipeline = session.pipeline(),
                   .planner = session.planner(),
                   .keys = session.keys(),
                   .plugins = session.catalogue(),
                   .lock = session.lock(),
                   .store = session.store(),
                   .machines = session.machines(),
                   .state = session.state(),
                   .settings = build_,
                   .sink = sink_,
                   .why = [&](size_t stage) { return reasons.why_it_runs(stage); }});
  sink_.on(RunStarted{session.pipeline().name, session.pipeline().stages.size()});
  try {
    RunFinished finished = builder.run();
    if (!builder.remote_works()) leave_remote_alone();
    tell_notes(session.machines(), sink_);
    return finished;
  } catch (Error& error) {
    session.save_state();
    note_use(session, session.state());  // what was finished is wanted by the next run
    if (error.code() != ErrorCode::kInterrupted) throw;
    throw Error(ErrorCode::kInterrupted,
                "interrupted: the stages that ran were ended; what was finished is kept, and the "
                "next run goes on from there");
  }
}

}  // namespace baker
