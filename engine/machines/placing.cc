#include "engine/machines/placing.h"

#include "engine/base/error.h"
#include "engine/machines/mountability.h"
#include "engine/machines/tree_mount.h"

#include <fmt/core.h>

namespace baker {
namespace {

// overlayfs takes 500; two are the machine's own.
constexpr size_t kMostLayers = 498;

}  // namespace

std::string Placing::wish_for(const Stage& stage) const {
  if (!wishes_.call.empty()) return wishes_.call;
  std::string of_stage = place_option(stage);
  if (!of_stage.empty() && of_stage != "auto") return of_stage;
  return wishes_.host.empty() ? "auto" : wishes_.host;
}

bool Placing::satisfies_call(const std::string& method) const {
  return wishes_.call.empty() || wishes_.call == "auto" || method.empty() || wishes_.call == method;
}

const std::string& Placing::tried() {
  if (!tried_) tried_ = why_not_mountable(places_);
  return *tried_;
}

PlaceChoice Placing::choose(const Stage& stage, const std::string& no_ids) {
  const std::string wish = wish_for(stage);
  if (wish != "auto" && wish != kMounted) return {wish, ""};
  if (wish == "auto") {
    if (!outlived_) outlived_ = why_they_outlive_the_store(places_);
    if (!outlived_->empty()) return {"", *outlived_};
  }
  const std::string obstacle = stage.root.size() > kMostLayers
                                   ? fmt::format("it stands on {} layers, and a mount takes {}",
                                                 stage.root.size(), kMostLayers)
                               : no_ids.empty() ? tried()
                                                : no_ids;
  if (obstacle.empty()) return {kMounted, ""};
  if (wish == "auto") return {"", "it can't be mounted: " + obstacle};
  throw Error("machine \"" + machine_of(stage) +
              "\" can't be mounted, as `place` wants it: " + obstacle);
}

}  // namespace baker
