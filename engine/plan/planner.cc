#include "engine/plan/planner.h"

#include "cache/stack.h"
#include "engine/plan/look_ahead.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr size_t kManyStages = 1000;  // below, a thread takes longer to start than it saves

}  // namespace

LayerName layer_name(const Stage& stage, const StageKeys::Key& key, const Digest& layer) {
  return LayerRef{stage.type->reproducible ? layer.hex() : "action:" + key.hex, layer.hex()};
}

Planner::Planner(const Pipeline& pipeline, StageKeys& keys, const LockFile& lock,
                 const Store& store, const PipelineState& state, InPlace in_place)
    : pipeline_(pipeline),
      keys_(keys),
      lock_(lock),
      store_(store),
      state_(state),
      in_place_(std::move(in_place)) {}

std::optional<RootName> Planner::root_of(const Stage& stage,
                                         const std::vector<LayerName>& layers) const {
  std::vector<std::string> names;
  for (size_t below : stage.root) {
    if (!layers[below]) return std::nullopt;
    names.push_back(layers[below]->name);
  }
  const std::vector<size_t> counting = topmost_of_equals(names);
  RootName root;
  for (size_t i = 0; i < counting.size(); ++i) {
    root.layers.push_back(names[counting[i]]);
    const std::vector<size_t>& below = pipeline_.stages[stage.root[counting[i]]].root;
    if (below.size() == counting[i]) continue;  // it stands on all that come before it
    std::string standing = fmt::format("{} on", i);
    for (size_t j = 0; j < i; ++j)
      if (std::ranges::find(below, stage.root[counting[j]]) != below.end())
        standing += fmt::format(" {}", j);
    root.standing.push_back(std::move(standing));
  }
  return root;
}

std::vector<std::string> Planner::digests_below(const Stage& stage,
                                                const std::vector<LayerName>& layers) {
  std::vector<std::string> all;
  for (size_t below : stage.root) all.push_back(layers[below]->digest);
  std::vector<std::string> digests;
  for (size_t counting : topmost_of_equals(all)) digests.push_back(all[counting]);
  return digests;
}

PlannedStage Planner::plan_stage(const Stage& stage, const std::vector<LayerName>& layers) {
  return plan_stage(stage, layers, [this](const std::string& key, std::string* damage) {
    return store_.find(key, damage);
  });
}

PlannedStage Planner::plan_stage(const Stage& stage, const std::vector<LayerName>& layers,
                                 const Find& find) {
  const bool host = stage.type->kind == StageKind::kHost;
  PlannedStage planned;
  planned.action = host ? StageAction::kApply : StageAction::kBake;

  const std::optional<RootName> root = root_of(stage, layers);
  if (stage.type->resolve && (root || !stage.type->resolve->root)) {
    planned.pins = lock_.find(keys_.resolve_key(stage, root.value_or(RootName{})));
    planned.must_resolve = !planned.pins;
  }
  if (planned.must_resolve) return planned;
  if (!root) {
    planned.action = StageAction::kDepends;
    return planned;
  }
  planned.key = keys_.action_key(stage, planned.pins ? planned.pins->pins : Value::List{},
                                 lock_.epoch().value_or(0), *root);
  if (stage.type->at_up) {
    planned.action = StageAction::kAtUp;
  } else if (host) {
    if (in_place_(stage, planned.key->hex, digests_below(stage, layers)))
      planned.action = StageAction::kNothing;
  } else {
    planned.layer = find(planned.key->hex, &planned.damage);
    if (planned.layer) planned.action = StageAction::kNothing;
  }
  if (planned.action == StageAction::kNothing) planned.key->text = {};  // most of a plan's memory
  return planned;
}

std::vector<std::string> Planner::keys_of_last_run() const {
  std::vector<std::string> keys;
  keys.reserve(pipeline_.stages.size());
  for (const Stage& stage : pipeline_.stages) {
    const auto known = state_.stages.find(stage.name);
    keys.push_back(known == state_.stages.end() ? "" : known->second.key);
  }
  return keys;
}

std::vector<PlannedStage> Planner::plan(const std::map<std::string, Digest>& elsewhere) {
  std::optional<LookAhead> ahead;
  if (pipeline_.stages.size() >= kManyStages) ahead.emplace(store_, keys_of_last_run());
  std::vector<PlannedStage> planned;
  planned.reserve(pipeline_.stages.size());
  std::vector<LayerName> layers(pipeline_.stages.size());
  for (size_t i = 0; i < pipeline_.stages.size(); ++i) {
    const Stage& stage = pipeline_.stages[i];
    planned.push_back(plan_stage(stage, layers, [&](const std::string& key, std::string* damage) {
      return ahead ? ahead->find(i, key, damage) : store_.find(key, damage);
    }));
    if (planned[i].action == StageAction::kBake && planned[i].key) {
      const auto found = elsewhere.find(planned[i].key->hex);
      if (found != elsewhere.end()) {
        planned[i].action = StageAction::kPull;
        planned[i].layer = found->second;
      }
    }
    if (planned[i].layer) layers[i] = layer_name(stage, *planned[i].key, *planned[i].layer);
  }
  return planned;
}

}  // namespace baker
