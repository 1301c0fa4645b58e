// The folders that baker made for a pipeline's data, outside of machines.
#pragma once

#include "engine/plan/pipeline_state.h"

#include <string>
#include <vector>

namespace baker {

struct DataFolder {
  std::string path;
  std::string owner;  // the machine or stage that it was made for
  std::string user;   // another pipeline whose machines use it, too; empty: none
};

// Those that the state names, that exist and carry the pipeline's mark; what lies in another comes
// first. `state_folder` is the pipeline's.
std::vector<DataFolder> data_folders(const PipelineState& state, const std::string& state_folder);

// Where all data of a destroyed pipeline was removed by hand, too, nothing of it is remembered.
void forget_removed_data(PipelineState& state);

}  // namespace baker
