// What the builder does next with a stage.
#include "engine/bake/build_work.h"
#include "engine/bake/request_options.h"

#include <fmt/core.h>

#include <utility>

namespace baker {

void Builder::advance(size_t index) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  work.planned = planner_.plan_stage(stage, layers_);
  // Files may have changed since the plan.
  if (work.planned.action != StageAction::kNothing && !stage.inputs.empty()) {
    keys_.look_again(stage);
    work.planned = planner_.plan_stage(stage, layers_);
  }
  const bool host = stage.type->kind == StageKind::kHost;
  const bool pulls_only = settings_.goal == Goal::kSharedLayers;
  if (pulls_only && !work.planned.key) return finish_resolved(index);
  if (work.planned.must_resolve) {
    check_allowed(index);
    work.asked_inputs = keys_.asked_inputs(stage);
    return start_step(index, Phase::kResolving);
  }
  if (!to_bake_[index]) return finish_resolved(index);
  if (work.planned.action == StageAction::kNothing) {
    if (host) return finish_host(index, StageOutcome::kInPlace, "");
    return finish_layer(index, *work.planned.layer, StageOutcome::kCached, 0);
  }
  if (asks_remote(index)) {
    if (!is_still_missing(index)) return;
    return start_pull(index);
  }
  if (pulls_only) return finish_resolved(index);
  if (!missing_pins(work).empty()) {
    check_allowed(index);
    return bring_content(index);
  }
  if (host) {
    // What stands there is mounted again where its layers had gone: they have to be back by then.
    const auto before = state_.stages.find(stage.name);
    if (before != state_.stages.end() && before->second.key == work.planned.key->hex)
      commits_->drain();
    const std::string by_hand = machines_.changed_by_hand(stage);
    if (std::optional<Placement> settled = machines_.settle(
            stage, work.planned.key->hex, Planner::digests_below(stage, layers_))) {
      if (!by_hand.empty())
        sink_.on(StageMessage{stage.name, true, by_hand + ": it is written anew"});
      return finish_host(
          index, *settled == Placement::kPlaced ? StageOutcome::kPlaced : StageOutcome::kPending,
          "");
    }
    work.place = machines_.choose_place(stage);
    choose_snapshots();
    return start_step(index, Phase::kPreparing);
  }
  if (!is_still_missing(index)) return;
  if (bakes_away(index)) return start_away(index);
  if (settings_.elsewhere && baking_here() >= settings_.jobs)
    return enter(index, Phase::kAwaitingPlace);
  start_step(index, Phase::kBaking);
}

bool Builder::is_still_missing(size_t index) {
  if (!lock_or_wait(index)) return false;
  const std::optional<Digest> layer = store_.find(work_[index]->planned.key->hex);
  if (layer) finish_layer(index, *layer, StageOutcome::kCached, 0);  // somebody else was faster
  return !layer;
}

std::string Builder::update_command(size_t index) const {
  return command_line(settings_.invocation, "update", {pipeline_.stages[index].group});
}

void Builder::check_allowed(size_t index) {
  const Work& work = *work_[index];
  if (work.planned.must_resolve && (settings_.locked || settings_.offline)) {
    throw Error("its pins are not in the lock file " + lock_.path() + ", and --" +
                (settings_.locked ? "locked" : "offline") +
                " forbids to resolve them: run once without it");
  }
  if (!work.planned.must_resolve && settings_.offline) {
    throw Error(
        fmt::format("{} pinned files are not in the cache, and --offline forbids to fetch them",
                    missing_pins(work).size()));
  }
}

bool Builder::lock_or_wait(size_t index) {
  Work& work = *work_[index];
  if (work.key_lock) return true;
  work.key_lock = store_.try_lock_key(work.planned.key->hex);
  if (work.key_lock) return true;
  enter(index, Phase::kQueueing);
  sink_.on(StageWaiting{pipeline_.stages[index].name, "another baker, which bakes the same"});
  work.waiter = std::make_unique<LockWaiter>(store_.key_lock_path(work.planned.key->hex));
  return false;
}

void Builder::give_folder(size_t index, Phase phase) {
  Work& work = *work_[index];
  work.folder.reset();
  if (phase == Phase::kPreparing) {
    if (!preparing_) preparing_.emplace(store_.make_work_folder());
    work.step_folder = preparing_->path();
  } else {
    work.folder.emplace(store_.make_work_folder());
    work.step_folder = work.folder->path();
  }
  work.log_file = fmt::format("{}/log-{}", work.step_folder, index);
}

void Builder::start_step(size_t index, Phase phase) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  const std::string_view step = step_of(phase);
  enter(index, phase);
  give_folder(index, phase);
  StageRequest request = make_request(index, step);
  std::vector<UniqueFd> layers;
  std::vector<int> folders;
  for (size_t below : stage.root) {
    layers.push_back(open_layer(below));
    folders.push_back(layers.back().get());
  }
  sink_.on(StageStarted{stage.name, std::string(step), work.why_is_told ? "" : why_(index)});
  work.why_is_told = true;
  if (request.gate && !gate_) gate_ = make_pipe();
  work.runner.emplace(settings_.runner_program, std::move(request), folders, work.log_file, sink_,
                      gate_ ? gate_->read_end.get() : -1);
}

// Pins with a url are baker's own to fetch; the rest is left to the stage's `fetch`.
void Builder::bring_content(size_t index) {
  Work& work = *work_[index];
  if (!std::exchange(work.downloaded, true)) {
    nlohmann::json downloads = downloads_for(missing_pins(work));
    if (!downloads.empty()) return start_download(index, std::move(downloads));
  }
  if (!std::exchange(work.fetched, true)) return start_step(index, Phase::kFetching);
  throw Error("pinned content is still missing after it was fetched; to resolve it again: " +
              update_command(index));
}

void Builder::start_download(size_t index, nlohmann::json downloads) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  enter(index, Phase::kDownloading);
  give_folder(index, Phase::kDownloading);
  sink_.on(StageStarted{stage.name, "fetch", work.why_is_told ? "" : why_(index)});
  work.why_is_told = true;
  const nlohmann::json request = {{"downloads", std::move(downloads)}, {"parallel", 4}};
  work.runner.emplace(
      std::vector<std::string>{settings_.download_program, "--store", store_.downloads_folder()},
      request.dump(), stage.name, work.log_file, sink_);
}

}  // namespace baker
