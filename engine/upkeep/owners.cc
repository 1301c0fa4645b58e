#include "engine/upkeep/owners.h"

#include "cache/store_uses.h"
#include "engine/base/error.h"
#include "engine/plan/pipeline_state.h"
#include "engine/upkeep/inventory.h"

namespace baker {
namespace {

void add(LayerOwners& owners, const Store& store, const std::string& pipeline,
         const PipelineState& state) {
  for (const auto& [name, stage] : state.stages)
    if (const auto record = store.record(stage.key))
      owners.stages.emplace(record->layer.hex(), "stage " + name + " of " + pipeline);
  for (const auto& [name, machine] : state.machines)
    for (const TreeState* tree : {&machine.placed, &machine.pending, &machine.old})
      if (tree->exists())
        for (const std::string& layer : needs_of(store, tree->key).layers)
          owners.machines[layer].insert(name);
}

}  // namespace

LayerOwners owners_of_layers(const Store& store) {
  LayerOwners owners;
  for (const StoreUse& use : uses_of_store(store.folder()).uses) {
    try {
      const auto state = PipelineState::load(use.state);
      if (state) add(owners, store, use.state.substr(use.state.rfind('/') + 1), *state);
    } catch (const Error&) {
      // What it made has no names then.
    }
  }
  return owners;
}

}  // namespace baker
