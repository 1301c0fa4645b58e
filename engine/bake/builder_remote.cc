// What the builder has to do with the shared cache.
#include "engine/bake/build_work.h"
#include "engine/bake/request_options.h"

#include <utility>

namespace baker {

bool Builder::asks_remote(size_t index) const {
  return !settings_.remote.is_null() && remote_works_ && !work_[index]->asked_remote &&
         pipeline_.stages[index].type->kind == StageKind::kLayer;
}

void Builder::start_helper(size_t index, const std::string& what, const nlohmann::json& request) {
  Work& work = *work_[index];
  work.runner.emplace(std::vector<std::string>{settings_.remote_program, what}, request.dump(),
                      pipeline_.stages[index].name, work.log_file, sink_);
}

void Builder::start_pull(size_t index) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  work.asked_remote = true;
  enter(index, Phase::kPulling);
  give_folder(index, Phase::kPulling);
  nlohmann::json request = settings_.remote;
  request["key"] = work.planned.key->hex;
  request["name"] = stage.name;
  request["downloads"] = store_.downloads_folder();
  request["folder"] = work.folder->path() + "/layer";
  start_helper(index, "pull", request);
}

// Whatever a remote does wrong, the stage is baked here.
void Builder::on_pulled(size_t index, const StepResult& result) {
  const Stage& stage = pipeline_.stages[index];
  Work& work = *work_[index];
  const std::string remote = settings_.remote.value("remote", "");
  const std::optional<Digest> layer = Digest::from_hex(result.layer);
  if (result.ok && layer) {
    const std::string log = result.reply.value("log", "");
    return commit_layer(
        index,
        {.layer = *layer,
         .key_text = work.planned.key->text,
         .log = log.empty() ? "It was baked elsewhere, and came from " + remote + ".\n" : log,
         .duration_ms = result.reply.value("duration-ms", std::int64_t{0}),
         .finished = result.reply.value("finished", std::int64_t{0}),
         .bytes = result.bytes,
         .entries = result.entries},
        StageOutcome::kPulled);
  }
  if (result.ok && result.reply.contains("refused")) {
    sink_.on(StageMessage{
        stage.name, true,
        "the layer in " + remote + " is not used: " + result.reply.value("refused", "")});
  } else if (!result.ok && std::exchange(remote_works_, false)) {
    sink_.on(Note{true, left_alone(remote, result.error)});
  }
  work.folder.reset();
  enter(index, Phase::kDeciding);
  advance(index);
}

bool Builder::asks_remote_for_content(size_t index, const StepResult& result) {
  Work& work = *work_[index];
  if (step_of(work.phase) != "fetch" || settings_.remote.is_null() || !remote_works_ ||
      !work.content_error.empty())
    return false;
  work.content_error = result.error;
  nlohmann::json request = settings_.remote;
  request["downloads"] = store_.downloads_folder();
  request["content"] = nlohmann::json::array();
  for (const Value& pin : missing_pins(work)) {
    const nlohmann::json json = to_json(pin);
    request["content"].push_back({{"name", json.value("name", pipeline_.stages[index].name)},
                                  {"file", *pinned_download(pin)}});
  }
  enter(index, Phase::kPullingContent);
  give_folder(index, Phase::kPullingContent);
  start_helper(index, "content", request);
  return true;
}

void Builder::on_content_pulled(size_t index, const StepResult& result) {
  Work& work = *work_[index];
  const std::string remote = settings_.remote.value("remote", "");
  if (!missing_pins(work).empty())
    return fail(index, work.content_error + "\nnor did " + remote + " give all of it" +
                           (result.error.empty() ? "" : ": " + result.error) +
                           "\nif what is pinned is gone for good, resolve it again: " +
                           update_command(index));
  sink_.on(StageMessage{pipeline_.stages[index].name, true,
                        "its sources did not give what is pinned, " + remote + " did"});
  enter(index, Phase::kDeciding);
  advance(index);
}

}  // namespace baker
