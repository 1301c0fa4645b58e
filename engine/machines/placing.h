// How the trees of machines come to lie in their places: mounted, or copied in one of three ways.
#pragma once

#include "engine/bake/machine_keeper.h"
#include "engine/machines/machine_paths.h"

#include <optional>
#include <string>

namespace baker {

// What is asked for besides what the pipeline says; each is "auto", one of the ways, or empty.
struct PlaceWishes {
  std::string call;  // of this call of baker: comes before the pipeline's
  std::string host;  // the host's setting: where nobody else says anything
};

class Placing {
 public:
  Placing(MachinePlaces places, PlaceWishes wishes)
      : places_(std::move(places)), wishes_(std::move(wishes)) {}

  // `no_ids` says why the machine has no ids for users of its own; empty: it has. The first call
  // tries a mount. Throws Error where what is wanted can't be had.
  PlaceChoice choose(const Stage& stage, const std::string& no_ids);
  // As a machine is mounted from this store, in this folder: then nothing has to be tried.
  void know_that_mounts_work() { tried_ = ""; }
  bool knows_whether_mounts_work() const { return tried_.has_value(); }
  // Whether a tree that was made so is what this call of baker asks for.
  bool satisfies_call(const std::string& method) const;

 private:
  std::string wish_for(const Stage& stage) const;
  // Why machines can't be mounted here; empty: they can.
  const std::string& tried();

  MachinePlaces places_;
  PlaceWishes wishes_;
  std::optional<std::string> tried_;
  std::optional<std::string> outlived_;  // why they may be there without the store
};

}  // namespace baker
