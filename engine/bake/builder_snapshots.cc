// Machines that begin as snapshots.
#include "engine/bake/build_work.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace baker {

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

}  // namespace baker
