// What the builder asks of a runner, and what it notes of its work.
#include "engine/bake/build_work.h"
#include "engine/bake/request_options.h"
#include "engine/io/files.h"

#include <fcntl.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace baker {
namespace {

constexpr size_t kLongestLogKept = 1 << 20;  // bytes of a log that enter the action record

std::string log_for_record(const std::string& path) {
  std::string log = read_file_if_exists(path).value_or("");  // bounded by who writes it
  if (log.size() > kLongestLogKept)
    log = "(…the beginning of a long log is left out)\n" + log.substr(log.size() - kLongestLogKept);
  return log;
}

}  // namespace

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

ActionRecord Builder::make_record(size_t index, const StepResult& result) const {
  const Work& work = *work_[index];
  const Stage& stage = pipeline_.stages[index];
  std::optional<Digest> layer = Digest::from_hex(result.layer);
  if (!layer) layer = Digest::from_hex(work_[stage.root.back()]->layer_digest);
  return {.layer = *layer,
          .key_text = work.planned.key->text,
          .log = log_for_record(work.log_file),
          .duration_ms = static_cast<std::int64_t>(seconds_since(work.started) * 1000),
          .finished = time(nullptr),
          .bytes = result.bytes,
          .entries = result.entries};
}

}  // namespace baker
