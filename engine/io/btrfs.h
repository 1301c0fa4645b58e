// What btrfs does without copying content.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Whether both folders lie on one btrfs file system.
bool same_btrfs(const std::string& a, const std::string& b);
// Throws Error where btrfs refuses.
void make_subvolume(const std::string& path);
// Waits until btrfs has committed what was written before. Throws Error where it refuses.
void snapshot_subvolume(const std::string& from, const std::string& to);

struct SubvolumeSnapshot {
  std::string from;
  std::string to;
};
// All at once, a thread for each, which takes btrfs little longer than one. Throws Error where one
// could not be taken, after the others were.
void snapshot_subvolumes(const std::vector<SubvolumeSnapshot>& snapshots);
// Where snapshot_subvolumes takes a snapshot before it moves it to `to`. A kill in between leaves
// the folder, and the next call for the same `to` removes it.
std::string apart_folder(const std::string& to);

// Tells the subvolume from every other, also from its snapshots, in hexadecimal; empty where the
// folder is none.
std::string subvolume_id(const std::string& path);
// Removes the subvolume `name` in the folder `parent` at once, with all that is in it. False, and
// nothing done, where it is none or btrfs refuses, as it does where it holds others.
bool remove_subvolume(int parent, const std::string& name);

}  // namespace baker
