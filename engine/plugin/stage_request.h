// What the engine tells baker-stage-runner: one step of one stage. It crosses as JSON.
#pragma once

#include "cache/stack_copy.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace baker {

// Descriptors of the runner that are the same at every start.
inline constexpr int kRequestFd = 3;  // the request, to its end
inline constexpr int kEventsFd = 4;   // JSON lines, see docs/plugin-guide.md
inline constexpr int kGateFd = 5;     // where the request has a gate: ends when it opens
inline constexpr int kFirstLayerFd = 6;

struct RequestLayer {
  int fd = -1;         // a descriptor of the runner: the layer's folder with tree and listing
  std::string digest;  // of its content, hex
  std::string stage;   // who baked it
  std::vector<size_t> below;  // indices of the layers in its own root
};

// The lowest `count` layers of a request, as the name of a merged root knows them.
std::vector<MergedLayer> lowest_layers(const std::vector<RequestLayer>& layers, size_t count);

struct RequestInput {
  std::string host_path;
  std::string name;     // in /baker/inputs
  std::string written;  // in the pipeline, for messages
};

struct RequestMachine {
  std::string name;
  int fd = -1;  // a descriptor of the runner: pidfd of the machine's init
};

struct StageRequest {
  std::string step;    // one of those in plugins/sdk/include/baker/abi.h
  std::string kind;    // layer, host or probe
  std::string stage;   // its name in the pipeline
  std::string plugin;  // path of the .so
  nlohmann::json options = nlohmann::json::object();
  nlohmann::json pins = nlohmann::json::array();
  std::string architecture;
  std::int64_t source_date_epoch = 0;  // seconds since 1970
  bool needs_root = false;             // resolve and fetch: mount a throw-away view of the root
  std::vector<RequestLayer> layers;    // the root, bottom first; equal ones may come again
  std::vector<RequestInput> inputs;
  bool preserve_inputs = false;         // as they are, not in their normal form
  std::vector<std::string> unverified;  // files of the download store whose digest is to be checked
  std::string work_folder;              // on the store's file system; `run` leaves layer/ in it
  std::string downloads_folder;
  std::string roots_folder;      // merged roots, for machines
  size_t shared_layers = 0;      // lowest ones that the root of another machine has, too
  std::string snapshot_tree;     // of a machine: a snapshot of its merged root
  bool gate = false;             // the snapshot is still being taken, until the gate opens
  std::string download_program;  // baker-download
  std::string state_folder;      // of the pipeline: whose the folders are that the stage makes
  std::string machines_folder;
  std::string machine;         // that the stage claims; empty: none
  std::string place;           // how its tree is to be made; empty: as a copy, the quickest way
  std::uint32_t first_id = 0;  // on the host, of the machine's users where it is mounted
  std::vector<RequestMachine> machines;  // of the pipeline, that run; for a probe
  // options, remembered and outgoing, for a probe
  nlohmann::json before = nlohmann::json::object();
  std::map<std::string, std::string> packages;  // Debian package by program, for a good error
  // What the user can type about this pipeline: up, down, and update for this stage. Only for
  // messages, so `run`, which bakes, is told none.
  std::map<std::string, std::string> commands;

  std::string to_json() const;  // bytes that are not UTF-8 are replaced
  // Throws nlohmann::json::exception, not Error.
  static StageRequest from_json(const std::string& text);
};

}  // namespace baker
