// The probes of a pipeline, asked while machines are started, stopped or looked at.
#pragma once

#include "engine/bake/builder.h"
#include "engine/bake/single_step.h"
#include "engine/cli/session.h"
#include "engine/machines/machine_host.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace baker {

// What runs the steps of probes; all outlive whoever is given it.
struct ProbeTools {
  const PluginFiles& plugins;
  Store& store;
  const BuildSettings& build;
  const MachineHost& host;
  EventSink& sink;
};

// What a probe sees of the system as it is.
struct Observed {
  std::string stage;
  std::string seen;  // or why it could not look
  std::vector<std::string> replace_last;
  nlohmann::json facts;
};
// Asks the probes of the last up, without the pipeline's file.
std::vector<Observed> observe_system(const PipelineState& state, const ProbeTools& tools);
// Which machines to stop or replace after all others.
std::vector<std::string> last_of(const std::vector<Observed>& observed);

// What a probe says against a change.
struct ProbeObjection {
  std::string stage;
  std::string text;
  std::string allow;  // the risk that a user may take; empty: it can't be done
};

// The probes as the pipeline describes them now.
class Probes {
 public:
  // Both outlive this. What probes ask to remember is kept in the session's state.
  Probes(Session& session, const ProbeTools& tools) : session_(session), tools_(tools) {}

  // Asks those that are described otherwise than at the last up, and all where a machine does not
  // run: what it needs may be gone by now.
  std::vector<ProbeObjection> review();
  // Waits for each, in the pipeline's order, and returns which machines to replace last. Throws
  // Error at the first that does not hold.
  std::vector<std::string> wait_until_all_hold();
  // The same of those of another up.
  std::vector<std::string> wait_until_those_hold(const UpState& up);
  // Which machines the system can do without, as those that held last said.
  const std::vector<std::string>& dispensable() const { return dispensable_; }
  // Lets each use the system. Throws Error at the first that can't.
  void exercise();
  void finalize();
  // Lets machines go that are about to be removed.
  void retire(const std::vector<std::string>& machines);

 private:
  bool all_run() const;
  nlohmann::json ask(SingleStep step, const std::vector<std::string>& leaving = {});
  // A step that is told like one of the pipeline.
  nlohmann::json tell_of(const Stage& stage, const std::string& step);

  Session& session_;
  const ProbeTools& tools_;
  std::vector<std::string> dispensable_;
};

// As the state keeps them, by stage.
std::map<std::string, AppliedState> described_probes(const Pipeline& pipeline);

}  // namespace baker
