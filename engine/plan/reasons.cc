#include "engine/base/text.h"
#include "engine/plan/planner.h"

#include <algorithm>
#include <set>

namespace baker {
namespace {

constexpr int kDeepest = 50;  // stages that a story follows downwards

// Where what pins were resolved for differs, they have to differ, too: that is no reason of its
// own.
bool pins_follow(const Descriptor::Resolve& resolve, const KeyFields& before,
                 const KeyFields& after, bool other_root) {
  auto value_in = [](const KeyFields& fields, const std::string& name) {
    auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  return (resolve.root && other_root) ||
         std::ranges::any_of(resolve.options, [&](const std::string& option) {
           const std::string field = "option." + option;
           return value_in(before, field) != value_in(after, field);
         });
}

}  // namespace

Reasons::Reasons(const Pipeline& pipeline, const std::vector<PlannedStage>& planned,
                 StageKeys& keys, const Store& store, const PipelineState& state,
                 std::int64_t epoch, ByHand by_hand)
    : pipeline_(pipeline),
      planned_(planned),
      keys_(keys),
      store_(store),
      state_(state),
      epoch_(epoch),
      by_hand_(std::move(by_hand)) {}

// A plan keeps the texts of keys only for what is to be baked; the cache has the others.
std::string Reasons::text_of(size_t stage) const {
  if (const auto& key = planned_[stage].key) {
    if (!key->text.empty()) return key->text;
    if (std::optional<ActionRecord> record = store_.record(key->hex)) return record->key_text;
  }
  const PinSetPointer& pins = planned_[stage].pins;
  return keys_.action_key(pipeline_.stages[stage], pins ? pins->pins : Value::List{}, epoch_, {})
      .text;
}

Reasons::Change Reasons::change_between(size_t stage, const std::string& before_key,
                                        const std::string& after_text) const {
  Change change;
  std::optional<ActionRecord> record = store_.record(before_key);
  if (!record) {
    change.known = false;
    return change;
  }
  KeyFields before = parse_key_text(record->key_text);
  KeyFields after = parse_key_text(after_text);
  const std::vector<std::string> old_root = root_layers(before);
  for (size_t below : pipeline_.stages[stage].root) {
    const PlannedStage& planned = planned_[below];
    LayerName name;
    if (planned.layer) name = layer_name(pipeline_.stages[below], *planned.key, *planned.layer);
    if (!name || std::ranges::find(old_root, name->name) == old_root.end())
      change.layers.push_back(below);
  }
  const auto& resolve = pipeline_.stages[stage].type->resolve;
  if (!planned_[stage].pins ||  // not known yet: nothing to compare
      (resolve && pins_follow(*resolve, before, after, !change.layers.empty()))) {
    before.erase("pins");
    after.erase("pins");
  }
  change.own = differences(before, after);
  if (change.own.empty() && change.layers.empty() &&
      old_root.size() > pipeline_.stages[stage].root.size()) {
    change.own.push_back("`from` names fewer stages");
  }
  if (change.own.empty() && change.layers.empty() && planned_[stage].key &&
      before["standing"] != after["standing"])
    change.own.push_back("the stages below stand on each other in another way");
  return change;
}

// The stages below tell their own stories; a story that was told by a stage further down is not
// told twice.
std::string Reasons::story(size_t stage, const Change& change, bool of_the_past, int depth) const {
  if (!change.own.empty())
    return pipeline_.stages[stage].name + " changed: " + join(change.own, ", ");
  std::vector<std::string> stories;
  for (size_t below : change.layers) {
    std::string told = of_the_past ? last_change(below) : changed_below(below, depth + 1);
    if (told.empty()) told = pipeline_.stages[below].name + " baked another layer";
    if (std::ranges::find(stories, told) == stories.end()) stories.push_back(std::move(told));
  }
  if (stories.size() > 3) stories.resize(3);
  return join(stories, "; ");
}

std::string Reasons::changed_below(size_t stage, int depth) const {
  const std::string& name = pipeline_.stages[stage].name;
  auto state = state_.stages.find(name);
  if (state == state_.stages.end()) return name + " is new";
  const PlannedStage& planned = planned_[stage];
  if (planned.key && planned.key->hex == state->second.key) {
    if (planned.action == StageAction::kNothing) return "";
    if (pipeline_.stages[stage].type->kind == StageKind::kHost) return "";
    return planned.damage.empty() ? "the cache no longer has " + name
                                  : name + " is not usable: " + planned.damage;
  }
  if (depth > kDeepest) return name + " changed";
  const Change change = change_between(stage, state->second.key, text_of(stage));
  if (!change.known) return name + " changed (the record of its last bake is gone)";
  if (std::string told = story(stage, change, false, depth); !told.empty()) return told;
  return planned.must_resolve ? name + " has no pins in the lock file" : name + " changed";
}

std::string Reasons::why_it_runs(size_t stage) const {
  const std::string& name = pipeline_.stages[stage].name;
  if (!state_.stages.contains(name))
    return planned_[stage].must_resolve ? "never baked; its pins must be resolved first"
                                        : "never baked";
  std::string told = changed_below(stage, 0);
  if (told.empty()) told = by_hand_(pipeline_.stages[stage]);
  if (told.empty()) told = "what it placed was changed";
  if (planned_[stage].must_resolve && told.find("pins") == std::string::npos)
    told += "; its pins must be resolved first";
  return told;
}

std::vector<size_t> Reasons::deciders_of(size_t stage) const {
  auto state = state_.stages.find(pipeline_.stages[stage].name);
  if (planned_[stage].action != StageAction::kDepends || state == state_.stages.end()) return {};
  const Change change = change_between(stage, state->second.key, text_of(stage));
  if (!change.known || !change.own.empty()) return {};
  std::vector<size_t> deciders;
  for (size_t below : pipeline_.stages[stage].root) {
    if (is_to_be_done(planned_[below].action) && deciders_of(below).empty())
      deciders.push_back(below);
  }
  return deciders;
}

std::string Reasons::change_since_last_run(size_t stage) const {
  return state_.stages.contains(pipeline_.stages[stage].name) ? changed_below(stage, 0) : "";
}

std::string Reasons::last_change(size_t stage) const {
  auto state = state_.stages.find(pipeline_.stages[stage].name);
  if (state == state_.stages.end() || state->second.previous.empty()) return "";
  std::optional<ActionRecord> now = store_.record(state->second.key);
  if (!now) return "";
  const Change change = change_between(stage, state->second.previous, now->key_text);
  return change.known ? story(stage, change, true, 0) : "";
}

}  // namespace baker
