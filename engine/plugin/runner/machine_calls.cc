// host.prepare-machine: the root of the stage as a tree beside the machine's final place.
#include "cache/stack_copy.h"
#include "cache/stack_mount.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/btrfs.h"
#include "engine/io/disk_space.h"
#include "engine/io/files.h"
#include "engine/io/id_map.h"
#include "engine/io/lock.h"
#include "engine/io/mounts.h"
#include "engine/io/system_error.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/events.h"
#include "engine/plugin/runner/root_mount.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <unistd.h>

namespace baker {
namespace {

using Json = Calls::Json;

// Looks closer only where it seems that there is not enough.
void check_space(const Stack& stack, const std::string& machine, const std::string& folder) {
  std::optional<DiskSpace> space = disk_space(folder);
  if (!space || space->free_bytes >= content_bytes(stack)) return;
  const std::uint64_t needed = allocated_bytes(stack);
  if (space->free_bytes >= needed || can_share_blocks(stack, folder)) return;
  throw Error("the file system at \"" + space->mount_point + "\" has " +
              human_bytes(space->free_bytes) + " left and machine \"" + machine + "\" takes " +
              human_bytes(needed) + ": at least " + human_bytes(needed - space->free_bytes) +
              " are missing");
}

CopyMethod copy_layers(const Stack& stack, const std::string& machine, const std::string& folder,
                       Sharing sharing = Sharing::kWherePossible) {
  check_space(stack, machine, folder);
  return copy_stack(stack, folder, sharing);
}

// Where the lowest layers of the root lie merged, once for all machines that share them.
std::string merged_path(const StageRequest& request, size_t count) {
  return request.roots_folder + "/" + merged_root_name(lowest_layers(request.layers, count));
}

Stack read_lowest(const StageRequest& request, size_t count) {
  return read_stack({request.layers.begin(), request.layers.begin() + static_cast<long>(count)});
}

void lay_layer_over(const RequestLayer& layer, const std::string& tree) {
  const StackLayer top = read_layer(layer);
  lay_over(top.listing, top.tree, tree);
}

void make_merged_subvolume(const StageRequest& request, size_t count, const std::string& machine);

// What the roots of several machines have in common is there once, on the disk and in what btrfs
// has to write down when they are changed.
void merge_into(const std::string& subvolume, const StageRequest& request, size_t count,
                const std::string& machine) {
  const Stack stack = read_lowest(request, count);
  stack.check();
  const size_t shared = request.shared_layers;
  if (shared == 0 || shared >= count) {
    make_subvolume(subvolume);
    copy_layers(stack, machine, subvolume);
    return;
  }
  make_merged_subvolume(request, shared, machine);
  snapshot_subvolume(merged_path(request, shared), subvolume);
  for (size_t i = shared; i < count; ++i) lay_layer_over(request.layers[i], subvolume);
}

// Merges the lowest `count` layers of the request, where nobody has done so yet.
void make_merged_subvolume(const StageRequest& request, size_t count, const std::string& machine) {
  const std::string path = merged_path(request, count);
  FileLock one_at_a_time = FileLock::lock(path + ".lock", FileLock::Mode::kExclusive);
  if (path_exists(path)) return;
  const UniqueFd note = open_or_throw(path + ".lock", O_WRONLY | O_TRUNC);
  write_all(note.get(), merged_root_text(lowest_layers(request.layers, count)), path + ".lock");
  const std::string next = path + ".next";
  remove_tree(next);
  merge_into(next, request, count, machine);
  sync_file_system(next);
  if (rename(next.c_str(), path.c_str()) != 0) throw system_error("cannot keep " + next, next);
}

// What the topmost layer stands on can't contradict it; any other layer may.
void check_topmost(const StageRequest& request) {
  if (request.layers.back().below.size() + 1 < request.layers.size())
    read_stack(request.layers).check();
}

void take_snapshot(const StageRequest& request, const std::string& machine,
                   const std::string& tree) {
  check_topmost(request);
  make_merged_subvolume(request, request.layers.size() - 1, machine);
  snapshot_subvolume(merged_path(request, request.layers.size() - 1), tree);
}

void wait_at_gate() {
  char byte;
  while (read(kGateFd, &byte, 1) < 0 && errno == EINTR) {
  }
}

// A machine with users of its own has no more ids than these.
void warn_of_large_ids(const StageRequest& request, const Stack& stack) {
  for (size_t i : stack.counting()) {
    const auto path = stack.layer(i).listing.first_with_id_from(kIdsOfAMachine);
    if (!path) continue;
    emit_event(
        {{"event", "log"},
         {"level", "warning"},
         {"text", fmt::format("/{} of stage {} belongs to an id of {} or more: in machine "
                              "\"{}\", which has fewer users, it is nobody's",
                              *path, stack.layer(i).stage, kIdsOfAMachine, request.machine)}});
    return;
  }
}

// The stage sees the layers with a folder for its changes, which becomes the machine's own layer.
// engine/machines/tree_mount.h says what lies where in a tree that is mounted. Returns where the
// stage finds it, in this mount namespace.
std::string mount_tree(const StageRequest& request, const std::string& tree) {
  check_topmost(request);
  remove_tree(tree);
  make_directories(tree, 0700);
  const std::string space = request.work_folder + "/machine";  // in memory
  for (const std::string& folder : {tree + "/own", tree + "/work", space + "/root"})
    make_directories(folder);
  const Stack stack = read_stack(request.layers);
  if (request.first_id != 0) warn_of_large_ids(request, stack);
  mount_stack(stack, {.mount_point = space + "/root",
                      .upper = tree + "/own",
                      .overlay_work = tree + "/work",
                      .scratch = tree,
                      .lowest = ""});
  return space + "/root";
}

std::string copy_tree(const StageRequest& request, const std::string& machine,
                      const std::string& tree) {
  remove_tree(tree);
  const Stack stack = read_stack(request.layers);
  stack.check();
  make_directories(tree);
  const bool shares = request.place == "reflink";
  if (shares && !can_share_blocks(stack, tree))
    throw Error(
        "files of the cache can't share their blocks with " + request.machines_folder +
        ", as `place` wants it: the two don't lie on one file system that can (btrfs, xfs)");
  const bool may_share = request.place != "copy";
  const CopyMethod method =
      copy_layers(stack, machine, tree, may_share ? Sharing::kWherePossible : Sharing::kNothing);
  return method == CopyMethod::kReflink ? "reflink" : "copy";
}

// Returns how the tree was made.
std::string make_tree(const StageRequest& request, const std::string& machine,
                      const std::string& tree) {
  if (request.place == "reflink" || request.place == "copy")
    return copy_tree(request, machine, tree);
  if (request.gate) wait_at_gate();
  const bool is_snapshot = request.snapshot_tree == tree && path_exists(tree);
  if (!is_snapshot) remove_tree(tree);
  if (is_snapshot || same_btrfs(request.roots_folder, request.machines_folder)) {
    if (!is_snapshot) take_snapshot(request, machine, tree);
    lay_layer_over(request.layers.back(), tree);
    return "snapshot";
  }
  if (request.place == "snapshot")
    throw Error("a machine can't be a snapshot, as `place` wants it: the cache and " +
                request.machines_folder + " don't lie on one btrfs");
  return copy_tree(request, machine, tree);
}

}  // namespace

void add_machine_calls(Calls& calls) {
  calls.add("host.prepare-machine", [&calls](const Json& arguments, std::string_view) {
    const std::string machine = arguments.at("machine").get<std::string>();
    if (machine.empty() || machine.find('/') != std::string::npos || machine.front() == '.') {
      throw Error("\"" + machine + "\" is not a valid machine name");
    }
    const std::string& claimed = calls.request().machine;
    if (machine != claimed) {
      throw Error("the stage prepares a machine \"" + machine + "\", and " +
                  (claimed.empty() ? "claims none (`claim` in its descriptor)"
                                   : "claims \"" + claimed + "\""));
    }
    const std::string tree = calls.request().machines_folder + "/." + machine + ".baker-next";
    const StageRequest& request = calls.request();
    if (request.layers.empty()) throw Error("a machine needs a root: the stage has no `from`");
    if (request.place == "mount") {
      calls.add_tree(tree, mount_tree(request, tree));
      return Json({{"tree", tree}, {"method", "mount"}, {"first-id", request.first_id}}).dump();
    }
    const std::string method = make_tree(request, machine, tree);
    calls.add_tree(tree, tree);
    return Json({{"tree", tree}, {"method", method}, {"first-id", 0}}).dump();
  });
}

}  // namespace baker
