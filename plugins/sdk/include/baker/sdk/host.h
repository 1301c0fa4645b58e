// The host, for stages of kind host. Nothing is changed in place: a stage prepares what it wants
// beside it and hands the exchange to baker, which syncs once and then swaps everything in.
#pragma once

#include <baker/sdk/command.h>
#include <baker/sdk/root.h>
#include <baker/sdk/runner.h>

#include <optional>
#include <string>
#include <vector>

namespace baker {

// A tree prepared for a machine. baker swaps it in when the machine does not run, and keeps it
// waiting beside the machine when it does.
struct PreparedMachine {
  std::string name{};
  std::string tree{};      // from Host::prepare_machine
  std::string settings{};  // text of the .nspawn file
  std::string method{};    // from Host::prepare_machine
  // Folders of the host that hold the machine's data and that baker made (Host::make_folder): they
  // go with `baker destroy --data`.
  std::vector<std::string> data{};
};

struct Applied {
  std::vector<PreparedMachine> machines{};
  // Folders with data of the stage's own, of a stage that acts while machines are started. As
  // above.
  std::vector<std::string> data{};
};

class Host {
 public:
  explicit Host(const baker_runner* runner) : runner_(runner) {}

  // Copies the root of the stage into a new tree beside the machine's final place, in the cheapest
  // way that the file systems know, and says which ("snapshot", "reflink", "copy").
  struct Tree {
    Root root;
    std::string name;
    std::string method;
  };
  Tree prepare_machine(const std::string& machine) const {
    Json reply = sdk::Runner(runner_).call_json("host.prepare-machine", {{"machine", machine}});
    std::string tree = reply.at("tree").get<std::string>();
    return {Root(runner_, tree), tree, reply.at("method").get<std::string>()};
  }

  // A folder of the host, with what is missing above it. One that exists is left as it is. Returns
  // whether baker made it, now or earlier.
  bool make_folder(const std::string& path, const FileStatus& like) const {
    return sdk::Runner(runner_)
        .call_json(
            "host.make-folder",
            {{"path", path}, {"mode", like.mode & 07777}, {"uid", like.uid}, {"gid", like.gid}})
        .at("ours")
        .get<bool>();
  }

  // Whether a machine can have users of its own while what lies there keeps its owners on the disk.
  bool can_map_ids(const std::string& path) const {
    return sdk::Runner(runner_)
        .call_json("host.can-map-ids", {{"path", path}})
        .at("can")
        .get<bool>();
  }

  // A program of the host. A program that is missing is a StageError that names the package.
  CommandResult run(const Command& command) const { return sdk::run_on_host(runner_, command); }

 private:
  const baker_runner* runner_;
};

}  // namespace baker
