// What the command line says.
#pragma once

#include "engine/base/invocation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct Settings {
  Invocation invocation;
  std::string pipeline;  // file, or for some commands a name
  std::vector<std::string> stages;
  std::vector<std::string> set;
  std::string cache_dir = "/var/cache/baker";
  std::string machines_dir = "/var/lib/machines";
  std::string state_dir = "/var/lib/baker";
  std::string nspawn_dir = "/etc/systemd/nspawn";
  std::vector<std::string> plugin_dirs;
  std::string lock_file;  // empty: beside the pipeline
  std::string place;      // how machines are placed, whatever the pipeline says; empty: as it says
  std::string remote;     // the shared cache; empty: as the host's settings have it
  std::string action;     // of `remote` and `worker`
  std::string on;         // other hosts that bake layers; empty: none
  unsigned jobs = 0;      // 0: as many as there are processors
  bool locked = false;
  bool renews_all_pins = false;  // so that it does not matter what the lock file says
  bool offline = false;
  bool prune = false;
  std::string start_with;  // "machined", "direct", or empty: whichever the host has
  bool parallel = false;
  bool dry_run = false;
  bool watch = false;
  bool deep = false;                      // read all content
  bool rebuild = false;                   // bake again, and compare
  bool data = false;                      // destroy it, too
  bool yes = false;                       // destroy without asking
  bool force = false;                     // destroy what can be, and say what is left
  std::optional<unsigned> keep_days;      // of unused things in the store; else as the host has it
  std::optional<std::uint64_t> max_size;  // of the store, in bytes
  bool finalize = false;
  std::vector<std::string> allow;    // risks that the user takes
  unsigned stop_timeout = 60;        // seconds
  std::vector<std::string> command;  // to run in a machine
  bool logs = false;                 // others get what stages printed, too
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

}  // namespace baker
