#include "engine/cli/noted_use.h"

#include "cache/store_uses.h"
#include "engine/io/files.h"
#include "engine/machines/tree_identity.h"

namespace baker {

void note_use(const Session& session, const PipelineState& state) {
  StoreUse use{.state = session.state_folder(),
               .states = tree_identity(parent_path(session.state_folder())),
               .lock_file = absolute_path(session.lock().path())};
  auto add = [&use](const std::string& key) {
    if (!key.empty()) use.keys.insert(key);
  };
  for (const auto& [name, stage] : state.stages) {
    add(stage.key);
    add(stage.previous);
  }
  for (const auto& [name, machine] : state.machines)
    for (const TreeState* tree : {&machine.placed, &machine.pending, &machine.old}) add(tree->key);
  note_use(session.store().folder(), use);
}

}  // namespace baker
