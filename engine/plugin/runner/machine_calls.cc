// host.prepare-machine: the root of the stage as a tree beside the machine's final place.
#include "cache/merged_root.h"
#include "cache/root_stack.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/btrfs.h"
#include "engine/io/disk_space.h"
#include "engine/io/files.h"
#include "engine/io/lock.h"
#include "engine/io/system_error.h"
#include "engine/plugin/runner/calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace baker {
namespace {

using Json = Calls::Json;

std::string folder_of(const RequestLayer& layer) {
  return "/proc/self/fd/" + std::to_string(layer.fd);
}

// The root's layers, read once and found to fit together.
struct Sources {
  std::vector<Listing> listings;
  std::vector<SourceLayer> layers;
};

Sources read_sources(const std::vector<RequestLayer>& layers) {
  Sources sources;
  for (const RequestLayer& layer : layers)
    sources.listings.push_back(Listing::parse(read_file(folder_of(layer) + "/listing")));
  std::vector<StackLayer> stack;
  for (size_t i = 0; i < layers.size(); ++i) {
    sources.layers.push_back({folder_of(layers[i]) + "/tree", &sources.listings[i]});
    stack.push_back({layers[i].stage, layers[i].below, &sources.listings[i]});
  }
  check_stack(stack);
  return sources;
}

void check_space(const std::vector<MergedEntry>& entries, const std::string& machine,
                 const std::string& folder) {
  const std::uint64_t needed = content_bytes(entries);
  std::optional<DiskSpace> space = disk_space(folder);
  if (!space || space->free_bytes >= needed) return;
  throw Error("the file system at " + space->mount_point + " has " +
              human_bytes(space->free_bytes) + " left and machine \"" + machine + "\" takes " +
              human_bytes(needed) + ": at least " + human_bytes(needed - space->free_bytes) +
              " are missing");
}

CopyMethod copy_layers(const std::vector<SourceLayer>& layers, const std::string& machine,
                       const std::string& folder) {
  const std::vector<MergedEntry> entries = merge_layers(layers);
  check_space(entries, machine, folder);
  return write_tree(layers, entries, folder);
}

// Where the lowest layers lie merged, once for all machines that share them.
std::string merged_path(const StageRequest& request, size_t layers) {
  std::vector<std::string> digests = digests_of(request.layers);
  digests.resize(layers);
  return request.roots_folder + "/" + merged_root_name(digests);
}

void make_merged_subvolume(const StageRequest& request, const std::vector<SourceLayer>& layers,
                           const std::string& machine);

// What the roots of several machines have in common they share, on the disk and in what btrfs has
// to write down when they are changed.
void merge_into(const std::string& subvolume, const StageRequest& request,
                const std::vector<SourceLayer>& layers, const std::string& machine) {
  const size_t shared = request.shared_layers;
  if (shared == 0 || shared >= layers.size()) {
    make_subvolume(subvolume);
    copy_layers(layers, machine, subvolume);
    return;
  }
  make_merged_subvolume(request, {layers.begin(), layers.begin() + static_cast<long>(shared)},
                        machine);
  snapshot_subvolume(merged_path(request, shared), subvolume);
  for (size_t i = shared; i < layers.size(); ++i) lay_over(layers[i], subvolume);
}

// Of the request's layers the lowest ones, which are given.
void make_merged_subvolume(const StageRequest& request, const std::vector<SourceLayer>& layers,
                           const std::string& machine) {
  const std::string path = merged_path(request, layers.size());
  FileLock one_at_a_time = FileLock::lock(path + ".lock", FileLock::Mode::kExclusive);
  if (path_exists(path)) return;
  const std::string next = path + ".next";
  remove_tree(next);
  merge_into(next, request, layers, machine);
  sync_file_system(next);
  if (rename(next.c_str(), path.c_str()) != 0) throw system_error("cannot keep " + next, next);
}

void take_snapshot(const StageRequest& request, const std::string& machine,
                   const std::string& tree) {
  const size_t below_topmost = request.layers.size() - 1;
  const std::string merged = merged_path(request, below_topmost);
  const RequestLayer& top = request.layers.back();
  // What was merged was checked then, and what the topmost layer stands on can't contradict it.
  const bool checked = path_exists(merged) && top.below.size() == below_topmost;
  if (!checked) {
    Sources sources = read_sources(request.layers);
    sources.layers.pop_back();
    make_merged_subvolume(request, sources.layers, machine);
  }
  snapshot_subvolume(merged, tree);
}

void lay_over_topmost(const std::vector<RequestLayer>& layers, const std::string& tree) {
  const std::string top = folder_of(layers.back());
  const Listing listing = Listing::parse(read_file(top + "/listing"));
  lay_over({top + "/tree", &listing}, tree);
}

void wait_at_gate() {
  char byte;
  while (read(kGateFd, &byte, 1) < 0 && errno == EINTR) {
  }
}

std::string prepare(const StageRequest& request, const std::string& machine,
                    const std::string& tree) {
  if (request.layers.empty()) throw Error("a machine needs a root: the stage has no `from`");
  if (request.gate) wait_at_gate();
  const bool begun = request.begun_tree == tree && path_exists(tree);
  if (!begun) remove_tree(tree);
  if (begun || same_btrfs(request.roots_folder, request.machines_folder)) {
    if (!begun) take_snapshot(request, machine, tree);
    lay_over_topmost(request.layers, tree);
    return "snapshot";
  }
  const Sources sources = read_sources(request.layers);
  make_directories(tree);
  return copy_layers(sources.layers, machine, tree) == CopyMethod::kReflink ? "reflink" : "copy";
}

}  // namespace

void add_machine_calls(Calls& calls) {
  calls.add("host.prepare-machine", [&calls](const Json& arguments, std::string_view) {
    const std::string machine = arguments.at("machine").get<std::string>();
    if (machine.empty() || machine.find('/') != std::string::npos || machine.front() == '.') {
      throw Error("\"" + machine + "\" is no name for a machine");
    }
    const std::string& claimed = calls.request().machine;
    if (machine != claimed) {
      throw Error("the stage prepares a machine \"" + machine + "\", and " +
                  (claimed.empty() ? "claims none (`claim` in its descriptor)"
                                   : "claims \"" + claimed + "\""));
    }
    const std::string tree = calls.request().machines_folder + "/." + machine + ".baker-next";
    const std::string method = prepare(calls.request(), machine, tree);
    calls.add_tree(tree, tree);
    return Json({{"tree", tree}, {"method", method}}).dump();
  });
}

}  // namespace baker
