#include "engine/base/text.h"
#include "engine/pipeline/pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace baker {
namespace {

// overlayfs takes 500 lower layers; two of them are baker's own
// (engine/plugin/runner/root_mount.cc).
constexpr size_t kMaxRootLayers = 498;

std::vector<size_t> edges_of(const Stage& stage) {
  std::vector<size_t> edges = stage.from;
  edges.insert(edges.end(), stage.needs.begin(), stage.needs.end());
  return edges;
}

// Depth first without recursion: pipelines may be thousands of stages deep.
class Sorter {
 public:
  Sorter(const std::vector<Stage>& stages, Diagnostics& diagnostics)
      : stages_(stages), diagnostics_(diagnostics) {}

  std::vector<size_t> sort() {
    state_.assign(stages_.size(), State::kNew);
    for (size_t i = 0; i < stages_.size(); ++i) visit(i);
    return order_;
  }

 private:
  enum class State { kNew, kOpen, kDone };
  struct Frame {
    size_t stage;
    std::vector<size_t> edges;
    size_t next = 0;
  };

  void visit(size_t start) {
    if (state_[start] != State::kNew) return;
    open(start);
    while (!path_.empty()) {
      Frame& frame = path_.back();
      if (frame.next == frame.edges.size()) {
        state_[frame.stage] = State::kDone;
        order_.push_back(frame.stage);
        path_.pop_back();
      } else if (size_t to = frame.edges[frame.next++]; state_[to] == State::kNew) {
        open(to);
      } else if (state_[to] == State::kOpen) {
        report_cycle(to);
      }
    }
  }

  void open(size_t stage) {
    state_[stage] = State::kOpen;
    path_.push_back({stage, edges_of(stages_[stage])});
  }

  void report_cycle(size_t to) {
    auto first = std::ranges::find(path_, to, &Frame::stage);
    std::vector<std::string> names;
    for (auto frame = first; frame != path_.end(); ++frame)
      names.push_back(stages_[frame->stage].name);
    names.push_back(stages_[to].name);
    diagnostics_.add(stages_[to].at,
                     "stages depend on each other in a cycle: " + join(names, " → "),
                     "take one of these out of `from` or `needs`");
  }

  const std::vector<Stage>& stages_;
  Diagnostics& diagnostics_;
  std::vector<State> state_;
  std::vector<Frame> path_;
  std::vector<size_t> order_;
};

void reorder(std::vector<Stage>& stages, const std::vector<size_t>& order) {
  std::vector<size_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Stage> sorted;
  for (size_t old : order) sorted.push_back(std::move(stages[old]));
  for (Stage& stage : sorted) {
    for (size_t& each : stage.from) each = place[each];
    for (size_t& each : stage.needs) each = place[each];
  }
  stages = std::move(sorted);
}

// The roots of its `from` stages stacked left to right, each layer once.
void fill_root(std::vector<Stage>& stages, Stage& stage, std::vector<size_t>& last_seen,
               size_t mark, Diagnostics& diagnostics) {
  auto take = [&](size_t layer) {
    if (last_seen[layer] == mark) return;
    last_seen[layer] = mark;
    stage.root.push_back(layer);
  };
  for (size_t below : stage.from) {
    for (size_t layer : stages[below].root) take(layer);
    if (stages[below].type && stages[below].type->kind == StageKind::kLayer) take(below);
  }
  if (stage.root.size() <= kMaxRootLayers) return;
  diagnostics.add(stage.at,
                  fmt::format("the root of stage \"{}\" has more than {} layers, "
                              "which overlayfs can't stack",
                              stage.name, kMaxRootLayers),
                  "do more in one stage");
  stage.root.resize(kMaxRootLayers);
}

}  // namespace

void arrange(std::vector<Stage>& stages, Diagnostics& diagnostics) {
  std::vector<size_t> order = Sorter(stages, diagnostics).sort();
  reorder(stages, order);
  std::vector<size_t> last_seen(stages.size(), 0);
  for (size_t i = 0; i < stages.size(); ++i)
    fill_root(stages, stages[i], last_seen, i + 1, diagnostics);
}

}  // namespace baker
