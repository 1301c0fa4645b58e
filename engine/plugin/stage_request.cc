#include "engine/plugin/stage_request.h"

namespace baker {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RequestLayer, fd, digest, stage, below)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RequestInput, host_path, name, written)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RequestMachine, name, fd)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StageRequest, step, kind, stage, plugin, options, pins,
                                   architecture, source_date_epoch, needs_root, layers, inputs,
                                   preserve_inputs, unverified, work_folder, downloads_folder,
                                   roots_folder, shared_layers, snapshot_tree, gate,
                                   download_program, state_folder, machines_folder, machine, place,
                                   first_id, machines, before, packages, commands)

std::vector<MergedLayer> lowest_layers(const std::vector<RequestLayer>& layers, size_t count) {
  std::vector<MergedLayer> lowest;
  for (size_t i = 0; i < count; ++i) lowest.push_back({layers[i].digest, layers[i].below});
  return lowest;
}

std::string StageRequest::to_json() const {
  return nlohmann::json(*this).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

StageRequest StageRequest::from_json(const std::string& text) {
  return nlohmann::json::parse(text).get<StageRequest>();
}

}  // namespace baker
