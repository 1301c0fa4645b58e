// The host, for stages of kind host. Nothing is changed in place: a stage prepares what it wants
// beside it and hands the exchange to baker, which syncs once and then swaps everything in.
#pragma once

#include <baker/sdk/command.h>
#include <baker/sdk/root.h>
#include <baker/sdk/runner.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// A tree prepared for a machine. baker swaps it in if the machine does not run; otherwise it waits
// beside the machine, and `baker up` swaps it in.
struct PreparedMachine {
  std::string name{};
  std::string tree{};      // Host::Tree::name
  std::string settings{};  // text of the .nspawn file, see systemd.nspawn(5)
  std::string method{};    // Host::Tree::method
  // Absolute paths of folders that hold the machine's data and that Host::make_folder made: they go
  // with `baker destroy --data`.
  std::vector<std::string> data{};
  // Whether the settings give the machine users of its own, at Host::Tree::first_id where that is
  // not 0.
  bool own_users = false;
};

// What `apply` returns.
struct Applied {
  std::vector<PreparedMachine> machines{};  // at most the one that `claim` names
  // Absolute paths of folders with data of the stage's own, for a stage with when = "up". As above.
  std::vector<std::string> data{};
};

class Host {
 public:
  explicit Host(const baker_runner* runner) : runner_(runner) {}

  // Makes a new tree beside the machine's final place out of the stage's root, as an option of form
  // "place" says, or in the cheapest way that the file systems offer. `machine` is what the option
  // that `claim` names says. Only a stage with `from` and when = "run" can. Takes as long as
  // copying the files where they are copied.
  struct Tree {
    Root root;           // to change it
    std::string name;    // for PreparedMachine::tree
    std::string method;  // "mount", "snapshot", "reflink" or "copy"
    // Of a tree that is mounted: the id on the host that users of its own begin with, 65,536 of
    // them, and nothing is left to map. 0: systemd-nspawn chooses ids and maps them.
    std::uint32_t first_id = 0;
  };
  Tree prepare_machine(const std::string& machine) const {
    Json reply = sdk::Runner(runner_).call_json("host.prepare-machine", {{"machine", machine}});
    std::string tree = reply.at("tree").get<std::string>();
    return {Root(runner_, tree), tree, reply.at("method").get<std::string>(),
            reply.at("first-id").get<std::uint32_t>()};
  }

  // Makes a folder of the host at an absolute path, with what is missing above it, and gives it
  // mode and owner of `like`. One that exists is left unchanged. Returns whether baker made it for
  // this pipeline, now or earlier, and so may remove it.
  bool make_folder(const std::string& path, const FileStatus& like) const {
    return sdk::Runner(runner_)
        .call_json(
            "host.make-folder",
            {{"path", path}, {"mode", like.mode & 07777}, {"uid", like.uid}, {"gid", like.gid}})
        .at("ours")
        .get<bool>();
  }

  // Whether the file system that holds `path` can be mounted with its owners mapped, so that a
  // machine can have users of its own while the disk keeps its owners.
  bool can_map_ids(const std::string& path) const {
    return sdk::Runner(runner_)
        .call_json("host.can-map-ids", {{"path", path}})
        .at("can")
        .get<bool>();
  }

  // Runs a program of the host, as root, with the host's files and network. The error for a missing
  // program names its package, if the descriptor does.
  CommandResult run(const Command& command) const { return sdk::run_on_host(runner_, command); }

 private:
  const baker_runner* runner_;
};

}  // namespace baker
