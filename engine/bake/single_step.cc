#include "engine/bake/single_step.h"

#include "engine/bake/request_options.h"
#include "engine/io/files.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>

namespace baker {
namespace {

int milliseconds_until(std::chrono::steady_clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count() + 1, 0, EventSink::kTickMs));
}

// False once the time is over.
bool read_to_the_end(RunnerProcess& runner, std::int64_t timeout_seconds, int interrupt_fd,
                     EventSink& sink) {
  const auto end = runner.started() + std::chrono::seconds(timeout_seconds);
  while (!runner.finished()) {
    pollfd fds[] = {{interrupt_fd, POLLIN, 0},
                    {runner.process_fd(), POLLIN, 0},
                    {runner.events_fd(), POLLIN, 0},
                    {runner.output_fd(), POLLIN, 0}};
    poll(fds, 4, milliseconds_until(end));
    if (fds[0].revents != 0) throw Error(ErrorCode::kInterrupted, "interrupted");
    runner.read_events();
    runner.read_output();
    if (fds[1].revents != 0) return true;
    sink.tick();
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

StageRequest request_for(const SingleStep& step, const PluginFiles& plugins, const Store& store,
                         const BuildSettings& settings, const std::string& work_folder) {
  StageRequest request;
  request.step = step.step;
  request.kind = kind_name(step.kind);
  request.stage = step.stage;
  request.plugin = absolute_path(plugins.plugin_file(step.type));
  request.architecture = StageKeys::architecture();
  request.options = step.options;
  request.work_folder = work_folder;
  request.downloads_folder = store.downloads_folder();
  request.roots_folder = store.folder() + "/roots";
  request.download_program = settings.download_program;
  request.machines_folder = settings.machines_folder;
  request.state_folder = settings.state_folder;
  request.packages = step.programs;
  request.commands = commands_about(settings.invocation, step.stage);
  request.before = step.before;
  for (const auto& [name, pidfd] : step.machines) request.machines.push_back({name, -1});
  return request;
}

}  // namespace

SingleStep single_step_of(const Pipeline& pipeline, const Stage& stage, const std::string& step) {
  StageRequest request;
  request.step = step;
  add_options(pipeline, stage, request);
  return {.stage = stage.name,
          .type = stage.type->type,
          .step = step,
          .kind = stage.type->kind,
          .options = std::move(request.options),
          .programs = stage.type->programs,
          .timeout_seconds = stage.timeout_seconds,
          .machines = {},
          .before = nlohmann::json::object()};
}

SingleStep single_step_of(const std::string& stage, const AppliedState& applied, StageKind kind,
                          const std::string& step) {
  return {.stage = stage,
          .type = applied.type,
          .step = step,
          .kind = kind,
          .options = nlohmann::json::parse(applied.options),
          .programs = {},
          .machines = {},
          .before = nlohmann::json::object()};
}

nlohmann::json run_step(const SingleStep& step, const PluginFiles& plugins, Store& store,
                        const BuildSettings& settings, EventSink& sink) {
  const WorkFolder folder = store.make_work_folder();
  std::vector<int> pidfds;
  for (const auto& [name, pidfd] : step.machines) pidfds.push_back(pidfd);
  RunnerProcess runner(settings.runner_program,
                       request_for(step, plugins, store, settings, folder.path()), pidfds,
                       folder.path() + "/log", sink);
  const bool in_time = read_to_the_end(runner, step.timeout_seconds, settings.interrupt_fd, sink);
  if (!in_time) runner.stop();
  StepResult result = runner.finish();
  if (result.ok && in_time) return std::move(result.reply);
  std::string message = in_time ? result.error
                                : fmt::format("it did not end within {} seconds and was stopped",
                                              step.timeout_seconds);
  if (!runner.last_lines().empty()) message += "\nthe last lines that it printed:";
  for (const std::string& line : runner.last_lines()) message += "\n  " + line;
  throw Error(message).during("stage " + step.stage);
}

}  // namespace baker
