// Brings a pipeline's machines to the described state: what does not run is started, what has a new
// tree waiting is replaced, one machine at a time.
#pragma once

#include "engine/bake/events.h"
#include "engine/base/error.h"
#include "engine/base/invocation.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/machines.h"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace baker {

struct RolloutSettings {
  Invocation invocation;                  // for the commands that messages suggest
  std::chrono::seconds stop_timeout{60};  // for a clean power-off
  int interrupt_fd = -1;                  // readable once the user wants to stop
  bool parallel = false;  // replace all at once, and ask only then whether the system serves
};

class Rollout {
 public:
  // Returns once the system does what it is for, with the machines that should be replaced last.
  // Throws Error where it does not.
  using Probe = std::function<std::vector<std::string>()>;

  // All arguments outlive this.
  Rollout(Machines& machines, MachineHost& host, Probe probe, const RolloutSettings& settings,
          EventSink& sink);

  struct Outcome {
    size_t started = 0;
    size_t replaced = 0;
    size_t stopped = 0;
  };
  // `names` are the machines that the pipeline describes, in its order. Throws Error at the first
  // machine that does not come back; its old tree is kept, and the machines after it are untouched.
  // Where the system does not do what it is for, the machines that were started since it last did
  // are suspected: those of them that have a new tree waiting get it first.
  Outcome up(const std::vector<std::string>& names);
  // Stops those that run: one after the other, from the end, at last those in `last` together with
  // the one before them, as they need each other to stop in order. Returns the machines that had to
  // be killed.
  std::vector<std::string> down(const std::vector<std::string>& names,
                                const std::vector<std::string>& last);
  // Whether an up has replaced or added machines and not come to its end.
  bool can_roll_back(const std::vector<std::string>& names,
                     const std::vector<std::string>& added) const;
  // Puts all trees back that an up has replaced and not come to an end with, and stops the machines
  // that it has `added`: at first what has not served since, then the others one by one, as `up`
  // does, and without asking in between once the system does not serve with a part of them. Throws
  // Error where it does not serve with all of them, or one can't be put back: a rollback that was
  // interrupted, or could not put one back, goes on when it is asked for again.
  Outcome roll_back(const std::vector<std::string>& names, const std::vector<std::string>& added);

  // One machine: stop warns where it had to be killed.
  void stop(const std::string& machine);
  void start(const std::string& machine);

 private:
  // A data disk that is not mounted, say: nothing is started on what would be made in its place.
  void check_binds(const std::vector<std::string>& machines) const;
  std::vector<std::string> stop_together(const std::vector<std::string>& machines);
  void replace(const std::string& machine);
  void put_back(const std::string& machine);
  std::vector<std::string> to_be_put_back(const std::vector<std::string>& names) const;
  size_t stop_added(const std::vector<std::string>& added);
  // Which machines to put back last; nothing where the system does not do what it is for.
  std::optional<std::vector<std::string>> last_where_it_holds(
      const std::vector<std::string>& names);
  void try_to_put_back(const std::string& machine, std::optional<Error>& failed);
  void put_all_back(const std::vector<std::string>& names, std::vector<std::string> waiting);
  using Inits = std::map<std::string, std::optional<pid_t>>;
  Inits inits_of(const std::vector<std::string>& machines) const;
  // Waits for those that are on their way, and adds to `rebooted` those that were not in it.
  bool any_rebooted(const Inits& before, std::set<std::string>& rebooted);
  std::vector<std::string> last_of_probe(const std::vector<std::string>& machines);
  std::vector<std::string> ask_probe(const std::vector<std::string>& machines);
  // By a baker that did not come to the end of that.
  bool was_told_to_stop(const std::string& machine) const;
  // With the tree that it runs, or had when it was stopped or started by hand.
  bool has_served(const std::string& machine) const;
  std::vector<std::string> waiting_of(const std::vector<std::string>& machines) const;
  std::vector<std::string> ask_before_replacing(const std::vector<std::string>& names,
                                                Outcome& outcome);
  // Returns whether there were any.
  bool replace_suspected(const std::vector<std::string>& waiting, Outcome& outcome);
  void replace_one_by_one(const std::vector<std::string>& names,
                          const std::vector<std::string>& waiting, Outcome& outcome);
  void say(const std::string& text);

  Machines& machines_;
  MachineHost& host_;
  Probe probe_;
  const RolloutSettings& settings_;
  EventSink& sink_;
};

}  // namespace baker
