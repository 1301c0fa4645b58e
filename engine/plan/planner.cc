#include "engine/plan/planner.h"

namespace baker {

LayerName layer_name(const Stage& stage, const StageKeys::Key& key, const Digest& layer) {
  return stage.type->reproducible ? layer.hex() : "action:" + key.hex;
}

Planner::Planner(const Pipeline& pipeline, StageKeys& keys, const LockFile& lock,
                 const Store& store, InPlace in_place)
    : pipeline_(pipeline),
      keys_(keys),
      lock_(lock),
      store_(store),
      in_place_(std::move(in_place)) {}

PlannedStage Planner::plan_stage(const Stage& stage, const std::vector<LayerName>& layers) {
  const bool host = stage.type->kind == StageKind::kHost;
  PlannedStage planned;
  planned.action = host ? StageAction::kApply : StageAction::kBake;

  std::vector<std::string> root;  // equal layers once, at the lowest place
  for (size_t below : stage.root) {
    if (!layers[below]) {
      planned.action = StageAction::kDepends;
    } else if (std::find(root.begin(), root.end(), *layers[below]) == root.end()) {
      root.push_back(*layers[below]);
    }
  }
  const bool root_known = planned.action != StageAction::kDepends;
  if (stage.type->resolve && (root_known || !stage.type->resolve->root)) {
    planned.pins = lock_.find(keys_.resolve_key(stage, root));
    planned.must_resolve = !planned.pins;
  }
  if (!root_known || planned.must_resolve) {
    if (planned.must_resolve) planned.action = host ? StageAction::kApply : StageAction::kBake;
    return planned;
  }
  planned.key = keys_.action_key(stage, planned.pins ? planned.pins->pins : Value::List{},
                                 lock_.source_date_epoch(), root);
  if (stage.type->at_up) {
    planned.action = StageAction::kAtUp;
  } else if (host) {
    if (in_place_(stage, planned.key->hex)) planned.action = StageAction::kNothing;
  } else {
    planned.layer = store_.find(planned.key->hex, &planned.damage);
    if (planned.layer) planned.action = StageAction::kNothing;
  }
  if (planned.action == StageAction::kNothing) planned.key->text = {};  // most of a plan's memory
  return planned;
}

std::vector<PlannedStage> Planner::plan() {
  std::vector<PlannedStage> planned;
  planned.reserve(pipeline_.stages.size());
  std::vector<LayerName> layers(pipeline_.stages.size());
  for (size_t i = 0; i < pipeline_.stages.size(); ++i) {
    const Stage& stage = pipeline_.stages[i];
    planned.push_back(plan_stage(stage, layers));
    if (planned[i].layer) layers[i] = layer_name(stage, *planned[i].key, *planned[i].layer);
  }
  return planned;
}

}  // namespace baker
