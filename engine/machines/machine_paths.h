// Where what belongs to a machine lies.
#pragma once

#include <string>

namespace baker {

inline constexpr const char* kSystemdsMachines = "/var/lib/machines";
inline constexpr const char* kSystemdsNspawn = "/etc/systemd/nspawn";

// Whether systemd looks for machines and their settings there, so that it can start them.
inline bool systemd_knows(const std::string& machines, const std::string& nspawn) {
  return machines == kSystemdsMachines && nspawn == kSystemdsNspawn;
}

struct MachinePaths {
  std::string tree;      // the machine itself
  std::string next;      // the tree that waits to take its place
  std::string old;       // the one that it had before, kept until the new one serves
  std::string gone;      // nobody's any more, and perhaps in the middle of being removed
  std::string claim;     // locked by who makes, places or removes the machine
  std::string settings;  // NAME.nspawn, where systemd-nspawn looks for it

  // The settings that go with each of the trees, in the folder of the pipeline's state.
  std::string tree_settings;
  std::string next_settings;
  std::string old_settings;
};

// The folders that one baker works with.
struct MachinePlaces {
  std::string machines;  // /var/lib/machines
  std::string nspawn;    // /etc/systemd/nspawn
  std::string state;     // /var/lib/baker/<pipeline>
  std::string store;     // /var/cache/baker

  MachinePaths of(const std::string& machine) const;
};

}  // namespace baker
