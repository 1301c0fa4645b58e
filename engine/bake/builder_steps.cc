// What the builder does next with a stage.
#include "engine/bake/build_work.h"
#include "engine/bake/request_options.h"
#include "engine/io/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
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
  if (settings_.pull_only && !work.planned.key) return finish_resolved(index);
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
  if (settings_.pull_only) return finish_resolved(index);
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

std::vector<Value> Builder::missing_pins(const Work& work) const {
  std::vector<Value> missing;
  if (!work.planned.pins) return missing;
  for (const Value& pin : work.planned.pins->pins) {
    std::optional<std::string> content = pinned_download(pin);
    if (content && !store_.has_download(*content)) missing.push_back(pin);
  }
  return missing;
}

std::vector<std::string> Builder::unverified_pins(const Work& work) const {
  std::vector<std::string> unverified;
  for (const std::string& content : pinned_downloads(work.planned.pins)) {
    const auto digest = Digest::from_hex(content.substr(content.find('-') + 1));
    if (!keys_.memo().is_verified(store_.downloads_folder() + "/" + content, *digest))
      unverified.push_back(content);
  }
  return unverified;
}

StageRequest Builder::make_request(size_t index, std::string_view step) const {
  const Stage& stage = pipeline_.stages[index];
  const Work& work = *work_[index];
  StageRequest request;
  request.step = step;
  request.kind = kind_name(stage.type->kind);
  request.stage = stage.name;
  request.plugin = absolute_path(plugins_.plugin_file(stage.type->type));
  request.architecture = StageKeys::architecture();
  request.source_date_epoch = lock_.epoch().value_or(0);
  request.work_folder = work.step_folder;
  request.downloads_folder = store_.downloads_folder();
  request.roots_folder = roots_folder();
  request.download_program = settings_.download_program;
  request.machines_folder = settings_.machines_folder;
  request.state_folder = settings_.state_folder;
  request.machine = machine_of(stage);
  request.place = work.place.method;
  request.first_id = machines_.first_id(stage);
  if (stage.type->resolve) {
    request.packages = stage.type->resolve->programs;
    request.needs_root = step != "run" && stage.type->resolve->root;
    if (work.planned.pins) request.pins = to_json(Value(work.planned.pins->pins));
  }
  request.preserve_inputs = stage.preserve;
  if (step == "run") request.unverified = unverified_pins(work);
  add_options(pipeline_, stage, request);
  if (step != "run") request.commands = commands_about(settings_.invocation, stage.group);

  request.snapshot_tree = work.snapshot_tree;
  request.gate = !work.snapshot_tree.empty() && !snapshots_.empty();
  request.layers = request_layers(stage);
  if (step == "apply") request.shared_layers = shared_layers(stage);
  return request;
}

std::vector<RequestLayer> Builder::request_layers(const Stage& stage) const {
  std::vector<RequestLayer> layers;
  for (size_t index : stage.root) {
    const Stage& below = pipeline_.stages[index];
    RequestLayer layer{-1, work_[index]->layer_digest, below.name, {}};
    for (size_t i = 0; i < layers.size(); ++i)
      if (std::ranges::find(below.root, stage.root[i]) != below.root.end())
        layer.below.push_back(i);
    layers.push_back(std::move(layer));
  }
  return layers;
}

// It moves from its work folder into the store at some moment, where a damaged one may lie until
// then.
UniqueFd Builder::open_layer(size_t index) const {
  const Work& work = *work_[index];
  const Digest layer = *Digest::from_hex(work.layer_digest);
  const std::string in_store = store_.layer_path(layer);
  UniqueFd folder;
  if (!store_.has_layer(layer) && !work.baked_layer.empty())
    folder = UniqueFd(open(work.baked_layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() ? std::move(folder) : open_or_throw(in_store, O_PATH | O_DIRECTORY);
}

// Machines that share all but their topmost layer do not count: they have one merged root.
size_t Builder::shared_layers(const Stage& stage) const {
  size_t shared = 0;
  for (const Stage& other : pipeline_.stages) {
    if (other.type->claim.empty() || other.root.empty()) continue;
    const auto differ = std::ranges::mismatch(stage.root, other.root);
    const size_t common =
        std::min(static_cast<size_t>(differ.in1 - stage.root.begin()), other.root.size() - 1);
    if (common + 1 < stage.root.size()) shared = std::max(shared, common);
  }
  return shared;
}

// A snapshot commits all that was written since the one before. So those of all machines that can
// be made now are taken before anything is written into the first.
void Builder::choose_snapshots() {
  for (size_t i = 0; i < work_.size(); ++i) {
    const Stage& stage = pipeline_.stages[i];
    Work& work = *work_[i];
    if (is_over(work.phase) || work.runner || work.snapshot_considered) continue;
    if (!to_bake_[i] || stage.type->claim.empty() || stage.root.empty() || !is_ready(i)) continue;
    work.snapshot_considered = true;
    const std::string way = machines_.choose_place(stage).method;
    if (!way.empty() && way != "snapshot") continue;
    if (planner_.plan_stage(stage, layers_).action != StageAction::kApply) continue;
    std::vector<RequestLayer> layers = request_layers(stage);
    // Else the stack was not checked when its lower layers were merged.
    if (layers.back().below.size() + 1 < layers.size()) continue;
    const std::string root =
        roots_folder() + "/" + merged_root_name(lowest_layers(layers, layers.size() - 1));
    work.snapshot_tree = machines_.tree_for_snapshot(stage, root);
    utimensat(AT_FDCWD, (root + ".lock").c_str(), nullptr, 0);  // its last use
    if (!work.snapshot_tree.empty()) snapshots_.push_back({root, work.snapshot_tree});
  }
}

// Runners that wait for their trees start meanwhile. Where a tree can't be begun, its runner tries
// that itself and says what went wrong.
void Builder::take_snapshots() {
  try {
    snapshot_subvolumes(snapshots_);
  } catch (const Error&) {
  }
  snapshots_.clear();
  gate_.reset();
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
