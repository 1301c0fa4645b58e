// Whose a layer is: the stage that bakes it, and the machines that were made from it.
#pragma once

#include "cache/store.h"

#include <map>
#include <set>
#include <string>

namespace baker {

struct LayerOwners {
  std::map<std::string, std::string> stages{};  // "stage base of kraft3", by layer in hex
  std::map<std::string, std::set<std::string>> machines{};  // names, by layer in hex
};

// By what pipelines that use the store remember here.
LayerOwners owners_of_layers(const Store& store);

}  // namespace baker
