// What btrfs does in no time.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Whether both folders lie on one btrfs file system.
bool same_btrfs(const std::string& a, const std::string& b);
// Throw Error where btrfs refuses.
void make_subvolume(const std::string& path);
void snapshot_subvolume(const std::string& from, const std::string& to);

struct SubvolumeSnapshot {
  std::string from;
  std::string to;
};
// All at once, which takes btrfs little longer than one. Throws Error where one could not be taken,
// after the others were.
void snapshot_subvolumes(const std::vector<SubvolumeSnapshot>& snapshots);
// In which a snapshot is taken before it is moved to `to`. Whoever is killed on the way leaves it.
std::string apart_folder(const std::string& to);

// Tells the subvolume from every other, also from its snapshots, in hexadecimal; empty where the
// folder is none.
std::string subvolume_id(const std::string& path);
// The subvolume called `name` in the folder `parent`, at once and with all that is in it. False,
// and nothing done, where it is none, or holds others.
bool remove_subvolume(int parent, const std::string& name);

}  // namespace baker
