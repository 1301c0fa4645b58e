// What an up is about to change, told and questioned before it does.
#pragma once

#include "engine/cli/probes.h"
#include "engine/cli/settings.h"

#include <string>
#include <vector>

namespace baker {

// "kafka: 4.2.1 → 4.3.1" for each param that has another value than at the last up; empty where
// there was none.
std::vector<std::string> changed_params(const Pipeline& pipeline, const UpState& last_up);

// Throws Error with all objections that `allowed` does not name.
void check_objections(const std::vector<ProbeObjection>& objections,
                      const std::vector<std::string>& allowed);

// A probe that has another name than at the last up keeps what is known of its system: of its type
// there must be one alone that is no longer described.
void adopt_renamed_probes(PipelineState& state, const Pipeline& pipeline);

// What an up brings the system to.
UpState described_up(const Pipeline& pipeline);

// Says what an up would do with stages and machines, and changes nothing.
void tell_what_up_would_do(Session& session, const ProbeTools& tools, const Settings& settings);

}  // namespace baker
