// What the builder has to do with a stage that another host bakes.
#include "engine/bake/build_work.h"
#include "engine/bake/request_options.h"
#include "engine/bake/shared_record.h"
#include "engine/io/program_answer.h"
#include "engine/plugin/input_copy.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace baker {
namespace {

constexpr int kWorkerFormat = 1;
constexpr std::int64_t kSecondsForTransfers = 3600;  // of a worker, beside what the stage takes

StepLimits limits_of(const Stage& stage) {
  return {stage.timeout_seconds, stage.name};
}

}  // namespace

bool Builder::bakes_away(size_t index) const {
  const Descriptor& type = *pipeline_.stages[index].type;
  return settings_.elsewhere && settings_.elsewhere->places() > 0 && remote_works_ &&
         !work_[index]->stays_here && type.kind == StageKind::kLayer && type.remote;
}

void Builder::start_away(size_t index) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  work.place_away = settings_.elsewhere->take(limits_of(stage));
  if (work.place_away) return send(index);
  sink_.on(StageWaiting{stage.name, "a free host"});
  enter(index, Phase::kAwaitingPlace);
}

// Stages that wait for a host, or that no host could bake while this one had enough to do.
void Builder::use_free_places() {
  if (!settings_.elsewhere) return;
  for (size_t i = 0; i < work_.size(); ++i) {
    Work& work = *work_[i];
    if (work.phase != Phase::kAwaitingPlace) continue;
    if (failures_.any()) {  // nothing more is begun
      work.key_lock.reset();
      enter(i, Phase::kDone);
      continue;
    }
    if (bakes_away(i)) {
      if (!settings_.elsewhere->has_free_place()) continue;
    } else if (baking_here() >= settings_.jobs) {
      continue;
    }
    enter(i, Phase::kDeciding);
    attempt(i, [&] { advance(i); });
  }
}

size_t Builder::baking_here() const {
  return static_cast<size_t>(
      std::ranges::count_if(work_, [](const auto& work) { return work->phase == Phase::kBaking; }));
}

// A queue may take hours; what goes through the shared cache ends when nothing more comes.
std::optional<std::int64_t> Builder::limit_of(size_t index) const {
  const Work& work = *work_[index];
  const std::int64_t seconds = pipeline_.stages[index].timeout_seconds;
  if (!step_of(work.phase).empty()) return seconds;
  if (work.phase == Phase::kBakingAway && work.place_away && work.place_away->cancel.empty())
    return seconds + kSecondsForTransfers;
  return std::nullopt;
}

void Builder::leave_place(size_t index, bool works) {
  const std::optional<StepPlace> place = std::exchange(work_[index]->place_away, std::nullopt);
  if (!place) return;
  settings_.elsewhere->give_back(*place, works);
  if (works || place->cancel.empty()) return;
  try {
    ask_program(place->cancel);
  } catch (const Error& error) {
    sink_.on(Note{true,
                  "what runs at " + place->where + " could not be cancelled: " + error.describe()});
  }
}

// Its layers are pushed with their records, pinned content and inputs by their digests.
void Builder::send(size_t index) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  commits_->drain();
  enter(index, Phase::kSending);
  give_folder(index, Phase::kSending);
  sink_.on(
      StageStarted{stage.name, "run", work.why_is_told ? "" : why_(index), work.place_away->where});
  work.why_is_told = true;
  nlohmann::json request = settings_.remote;
  request["scratch"] = work.folder->path();
  request["downloads"] = store_.downloads_folder();
  request["layers"] = nlohmann::json::array();
  for (size_t below : stage.root) {
    const Work& layer = *work_[below];
    request["layers"].push_back(layer_to_push(store_, pipeline_.stages[below],
                                              layer.planned.key->hex,
                                              *Digest::from_hex(layer.layer_digest)));
  }
  const std::vector<std::string> pinned = pinned_downloads(work.planned.pins);
  request["content"] = std::set<std::string>(pinned.begin(), pinned.end());
  StageRequest step = make_request(index, "run");
  if (!step.inputs.empty()) {
    const std::string sent = work.folder->path() + "/sent";
    request["folder"] = sent;
    copy_inputs(step, sent + "/tree", [&](const std::string& text) {
      sink_.on(StageMessage{stage.name, true, text});
    });
    // Where those lie that a step of this host has copied.
    std::filesystem::create_directory_symlink(sent + "/tree", work.folder->path() + "/inputs");
  }
  work.sent = request;
  start_helper(index, "send", request);
}

void Builder::on_sent(size_t index, const StepResult& result) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  if (!result.ok || !result.reply.is_object()) {
    leave_place(index, true);
    return go_on_here(index, "what it needs could not be sent", result);
  }
  StageRequest step = make_request(index, "run");
  step.unverified.clear();
  nlohmann::json remote = settings_.remote;
  remote["trust"] = result.reply.at("trust");
  remote["key-file"] = "";
  remote["auth-file"] = "";
  nlohmann::json request = {{"format", kWorkerFormat},
                            {"runner", kRunnerBehaviour},
                            {"type", stage.type->type},
                            {"plugin", keys_.plugin_digest(stage.type->type).hex},
                            {"stage", stage.name},
                            {"timeout-seconds", stage.timeout_seconds},
                            {"step", nlohmann::json::parse(step.to_json())},
                            {"layers", work.sent.at("layers")},
                            {"content", work.sent.at("content")},
                            {"remote", remote}};
  if (result.reply.contains("inputs")) request["inputs"] = result.reply["inputs"];
  enter(index, Phase::kBakingAway);
  work.runner.emplace(work.place_away->command, request.dump() + "\n", stage.name, work.log_file,
                      sink_);
}

// The shared cache, or this stage alone, is no longer for other hosts.
void Builder::go_on_here(size_t index, const std::string& what, const StepResult& result) {
  const std::string& stage = pipeline_.stages[index].name;
  Work& work = *work_[index];
  if (!result.unreachable) {
    work.stays_here = true;
    sink_.on(Note{true, "stage " + stage + " is baked here: " + what + ": " + result.error});
  } else if (std::exchange(remote_works_, false)) {
    sink_.on(Note{true, left_alone(settings_.remote.value("remote", ""), result.error)});
  }
  enter(index, Phase::kDeciding);
  advance(index);
}

// A host that could not carry it out gets nothing more; the stage goes elsewhere.
void Builder::lose_place(size_t index, const std::string& why) {
  sink_.on(Note{true, work_[index]->place_away->where + " could not bake stage " +
                          pipeline_.stages[index].name + " (" + why + "): it is baked elsewhere"});
  leave_place(index, false);
  enter(index, Phase::kDeciding);
  advance(index);
}

void Builder::on_baked_away(size_t index, StepResult result) {
  Work& work = *work_[index];
  if (!result.answered)
    return lose_place(index, result.error + (work.last_line.empty() ? "" : ": " + work.last_line));
  if (!result.reply.is_object()) return lose_place(index, "its answer can't be read");
  enter(index, Phase::kTaking);
  nlohmann::json request = settings_.remote;
  request["tree"] = result.reply;
  request["tree"]["layer"] = result.layer;
  request["name"] = pipeline_.stages[index].name;
  request["folder"] = work.folder->path() + "/layer";
  work.made_away = std::move(result);
  start_helper(index, "take", request);
}

void Builder::on_taken(size_t index, const StepResult& result) {
  if (!result.ok && !result.unreachable) return lose_place(index, result.error);
  leave_place(index, true);
  if (!result.ok) return go_on_here(index, "", result);
  on_baked(index, work_[index]->made_away);
}

}  // namespace baker
