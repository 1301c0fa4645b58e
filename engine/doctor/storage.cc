#include "cache/file_ops.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/doctor/examine.h"
#include "engine/doctor/layer_trial.h"
#include "engine/io/btrfs.h"
#include "engine/io/disk_space.h"
#include "engine/io/files.h"
#include "engine/io/id_map.h"
#include "engine/io/mount_table.h"
#include "engine/machines/mountability.h"

#include <fmt/core.h>
#include <unistd.h>

namespace baker {
namespace {

constexpr std::uint64_t kEnough = 5ull << 30;  // bytes: a small cluster and what it is made of

// The nearest of its parents that exists lies on the same file system.
std::string existing_part_of(std::string path) {
  while (path != "/" && !path_exists(path)) path = parent_path(path);
  return path;
}

std::string file_system_of(const std::string& path) {
  MountTable mounts;
  const Mount* mount = mounts.around(existing_part_of(path));
  return mount ? mount->type : "an unknown file system";
}

Finding of_space(const std::string& topic, const std::string& folder) {
  const std::optional<DiskSpace> space = disk_space(folder);
  Finding finding{.topic = topic, .what = folder + " is on " + file_system_of(folder)};
  if (!space) return finding;
  constexpr double kGigabyte = 1e9;
  finding.what +=
      fmt::format(", with {:.1f} GB free", static_cast<double>(space->free_bytes) / kGigabyte);
  if (space->free_bytes >= kEnough && !space->out_of_inodes) return finding;
  finding.health = Health::kLimited;
  if (space->out_of_inodes) finding.what += ", and no file can be made there";
  finding.follows = "a base root and what is made of it may not fit";
  return finding;
}

Finding of_layers(const HostToExamine& host) {
  Finding finding{.topic = "layers", .what = "the cache can hold them"};
  try {
    const std::unique_ptr<FileOps> files = real_file_ops();
    Store store(host.places.store, *files);
    store.prepare();
    const std::string trouble = why_no_layers(store, host.runner);
    if (trouble.empty()) return finding;
    finding.what = trouble;
  } catch (const Error& error) {
    finding.what = error.describe();
  }
  finding.health = Health::kObstacle;
  finding.follows = "nothing can be baked in this cache";
  finding.remedy = "--cache-dir FOLDER, on ext4, xfs or btrfs";
  return finding;
}

Finding of_placing(const HostToExamine& host) {
  Finding finding{.topic = "placing", .what = "machines are mounted: one takes milliseconds"};
  if (!path_exists(host.places.machines) || !path_exists(host.places.store + "/layers")) {
    finding.what = "not tried: there is no " + host.places.machines + " yet";
    return finding;
  }
  std::string why = why_they_outlive_the_store(host.places);
  if (why.empty()) why = why_not_mountable(host.places);
  if (why.empty()) return finding;
  finding.health = Health::kLimited;
  const bool by_snapshot = same_btrfs(host.places.machines, host.places.store);
  finding.what = std::string("machines are ") + (by_snapshot ? "snapshots" : "copied") +
                 ", as they can't be mounted: " + why;
  finding.follows = by_snapshot ? "" : "placing one takes seconds, and the space of its root";
  return finding;
}

Finding of_owners(const HostToExamine& host) {
  Finding finding{.topic = "owners", .what = "root in a machine is nobody on this host"};
  if (can_map_ids(existing_part_of(host.places.machines))) return finding;
  finding.health = Health::kLimited;
  finding.what = host.places.machines + " is on a file system that can't map owners";
  finding.follows = "root in a machine is root on this host";
  finding.remedy = "--machines-dir FOLDER, on ext4, xfs or btrfs";
  return finding;
}

}  // namespace

std::vector<Finding> examine_storage(const HostToExamine& host) {
  std::vector<Finding> findings = {of_space("cache", host.places.store),
                                   of_space("machines", host.places.machines)};
  if (geteuid() != 0) return findings;
  findings.push_back(of_layers(host));
  findings.push_back(of_placing(host));
  findings.push_back(of_owners(host));
  return findings;
}

}  // namespace baker
