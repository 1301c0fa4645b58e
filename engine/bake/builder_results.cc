// What the builder makes of a step that ended.
#include "engine/bake/build_work.h"
#include "engine/bake/failure_notes.h"
#include "engine/bake/request_options.h"
#include "engine/io/files.h"
#include "engine/plan/failed_attempts.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace baker {
void Builder::on_step_done(size_t index) {
  Work& work = *work_[index];
  StepResult result = work.runner->finish();
  const std::deque<std::string> last_lines = work.runner->last_lines();
  work.last_line = last_lines.empty() ? "" : last_lines.back();
  while (work.last_line.ends_with('\r')) work.last_line.pop_back();  // as ssh ends its lines
  work.runner.reset();
  if (work.phase == Phase::kPulling) return on_pulled(index, result);
  if (work.phase == Phase::kSending) return on_sent(index, result);
  if (work.phase == Phase::kTaking) return on_taken(index, result);
  if (work.phase == Phase::kBakingAway) {
    if (work.timed_out) {
      result.answered = false;
      result.error = "it did not end in time";
    }
    if (!result.answered || result.ok) return on_baked_away(index, std::move(result));
    leave_place(index, true);
  }
  if (work.timed_out) {
    result.ok = false;
    result.error = fmt::format(
        "it did not end within {} seconds and was stopped "
        "(`timeout` of the stage says how long it may take)",
        pipeline_.stages[index].timeout_seconds);
  }
  if (work.phase == Phase::kPullingContent) return on_content_pulled(index, result);
  if (!result.ok && asks_remote_for_content(index, result)) return;
  if (fetches_again(index, result)) {
    enter(index, Phase::kDeciding);
    return advance(index);
  }
  if (!result.ok) {
    std::string message = result.error + notes_on_failure(index, result.error, last_lines);
    if (step_of(work.phase) == "fetch" &&
        message.find(update_command(index)) == std::string::npos) {
      message += "\nif what is pinned is gone for good, resolve it again: " + update_command(index);
    }
    if (!last_lines.empty()) message += "\nthe last lines that it printed:";
    for (const std::string& line : last_lines) message += "\n  " + line;
    return fail(index, message);
  }
  if (work.phase == Phase::kResolving) return on_resolved(index, result);
  if (work.phase == Phase::kBaking) return on_baked(index, result);
  if (work.phase == Phase::kPreparing) return on_applied(index, result);
  enter(index, Phase::kDeciding);
  advance(index);
}

bool Builder::fetches_again(size_t index, const StepResult& result) {
  Work& work = *work_[index];
  const auto path_of = [this](const std::string& name) {
    return store_.downloads_folder() + "/" + name;
  };
  for (const std::string& name : result.verified)
    if (const auto digest = Digest::from_hex(name.substr(name.find('-') + 1)))
      keys_.memo().set_verified(path_of(name), *digest);
  if (result.damaged.empty()) return false;
  for (const std::string& name : result.damaged) {
    sink_.on(StageMessage{pipeline_.stages[index].name, true,
                          path_of(name) + " is damaged: it is fetched again"});
    unlink(path_of(name).c_str());
  }
  if (std::exchange(work.fetched_again, true))
    throw Error("pinned content is damaged again after it was fetched: is the disk of " +
                store_.folder() + " failing?");
  work.downloaded = work.fetched = false;
  return true;
}

// The layer is what the key says only if nobody changed what the stage was made from meanwhile.
void Builder::check_unchanged(size_t index) {
  const Stage& stage = pipeline_.stages[index];
  const Work& work = *work_[index];
  size_t copy = 0;
  for (const DeclaredInput& input : stage.inputs) {
    if (input.resolving) continue;
    const InputDigest& meant = work.planned.key->inputs.at(copy);
    const std::string copied = fmt::format("{}/inputs/{}", work.folder->path(), copy++);
    InputDigest now;
    try {
      now = keys_.input_digest(stage, input);
    } catch (const Error&) {  // it is gone; what was copied says how it was
    }
    if (!meant.state.empty() && now.state == meant.state) continue;
    if (StageKeys::copied_input_digest(stage, copied) != meant.hex)
      throw Error("the input \"" + input.written +
                  "\" changed while the stage began to read it: run again");
  }
  if (!keys_.plugin_is_unchanged(stage.type->type))
    throw Error("its plugin " + plugins_.plugin_file(stage.type->type) +
                " changed while it ran: run again");
}

std::string Builder::notes_on_failure(size_t index, const std::string& error,
                                      const std::deque<std::string>& last_lines) const {
  switch (work_[index]->phase) {
    case Phase::kBakingAway:
      return "";
    case Phase::kBaking:
      return full_disk_note(store_.folder(), "cache-dir", error, last_lines) +
             network_note(last_lines) + rename_note(last_lines);
    case Phase::kPreparing:
      return full_disk_note(settings_.machines_folder, "machines-dir", error, last_lines);
    default:
      return full_disk_note(store_.folder(), "cache-dir", error, last_lines);
  }
}

void Builder::on_resolved(size_t index, const StepResult& result) {
  const Stage& stage = pipeline_.stages[index];
  const std::vector<InputDigest> inputs = keys_.asked_inputs(stage);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].is_unchanged_since(work_[index]->asked_inputs.at(i)))
      return fail(index, "what it resolves was changed meanwhile: run again");
  PinSet set{stage.group,
             stage.type->type,
             keys_.resolve_key(stage, planner_.root_of(stage, layers_).value_or(RootName{})),
             StageKeys::asked_options(stage),
             {},
             pipeline_.name};
  for (const nlohmann::json& pin : result.reply) {
    set.pins.push_back(from_json(pin));
    if (const std::string mistake = mistake_in_pin(set.pins.back()); !mistake.empty())
      return fail(index, "what it resolved can't be pinned: " + mistake + ": " + pin.dump());
  }
  lock_.put(std::move(set));
  if (settings_.goal != Goal::kPins) lock_.save();
  enter(index, Phase::kDeciding);
  advance(index);
}

void Builder::on_baked(size_t index, const StepResult& result) {
  if (!Digest::from_hex(result.layer)) throw Error("its runner ended without a layer");
  check_unchanged(index);
  commit_layer(index, make_record(index, result), StageOutcome::kBaked);
}

// It lies in the work folder.
void Builder::commit_layer(size_t index, ActionRecord record, StageOutcome outcome) {
  Work& work = *work_[index];
  const Digest layer = record.layer;
  const std::uint64_t bytes = record.bytes;
  // An equal layer is there only where its record is gone, or where another key has led to it.
  if (!store_.has_whole_layer(layer)) work.baked_layer = work.folder->path() + "/layer";
  commits_->add({work.baked_layer, layer, work.planned.key->hex, std::move(record)},
                std::move(work.key_lock), std::move(work.folder));
  work.folder.reset();
  finish_layer(index, layer, outcome, bytes);
}

void Builder::on_applied(size_t index, const StepResult& result) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  for (const nlohmann::json& machine : result.reply.value("machines", nlohmann::json::array())) {
    prepared_.push_back({stage.name, work.planned.key->hex, machine.at("name"), machine.at("tree"),
                         machine.at("settings"), machine.value("method", ""),
                         machine.value("data", std::vector<std::string>{}),
                         Planner::digests_below(stage, layers_),
                         machine.value("own-users", false)});
  }
  if (!stage.root.empty()) {
    ActionRecord record = make_record(index, result);
    const Digest layer = record.layer;
    host_records_.push_back({"", layer, work.planned.key->hex, std::move(record)});
  }
  work.folder.reset();
  enter(index, Phase::kPrepared);
}

void Builder::place_machines() {
  if (prepared_.empty()) return;
  std::vector<Placement> placements = machines_.place(prepared_);
  for (size_t i = 0; i < prepared_.size(); ++i) {
    const Stage* stage = pipeline_.find(prepared_[i].stage);
    const size_t index = static_cast<size_t>(stage - pipeline_.stages.data());
    const bool placed = placements[i] == Placement::kPlaced;
    const std::string& why = work_[index]->place.why;
    finish_host(index, placed ? StageOutcome::kPlaced : StageOutcome::kPending,
                prepared_[i].method + (why.empty() ? "" : "; " + why));
  }
}

void Builder::finish_layer(size_t index, const Digest& layer, StageOutcome outcome,
                           std::uint64_t bytes) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  enter(index, Phase::kDone);
  work.key_lock.reset();
  work.layer_digest = layer.hex();
  layers_[index] = layer_name(stage, *work.planned.key, layer);
  state_.set_key(stage.name, work.planned.key->hex);
  forget_failure(stage.name);
  ++(outcome == StageOutcome::kBaked    ? summary_.baked
     : outcome == StageOutcome::kPulled ? summary_.pulled
                                        : summary_.cached);
  sink_.on(StageFinished{stage.name, outcome, seconds_since(work.started), layer.hex(), bytes, ""});
}

// The log of a stage that failed is kept until it goes well.
void Builder::forget_failure(const std::string& stage) {
  unlink(failure_log(settings_.logs_folder, stage).c_str());
}

void Builder::finish_host(size_t index, StageOutcome outcome, const std::string& detail) {
  const Work& work = *work_[index];
  enter(index, Phase::kDone);
  state_.set_key(pipeline_.stages[index].name, work.planned.key->hex);
  forget_failure(pipeline_.stages[index].name);
  ++(outcome == StageOutcome::kPlaced    ? summary_.placed
     : outcome == StageOutcome::kPending ? summary_.pending
                                         : summary_.in_place);
  sink_.on(StageFinished{pipeline_.stages[index].name, outcome, seconds_since(work.started), "", 0,
                         detail});
}

}  // namespace baker
