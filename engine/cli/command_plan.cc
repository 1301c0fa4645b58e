// baker plan: what a run would do, and why.
#include "engine/cli/commands.h"
#include "engine/cli/leave.h"
#include "engine/cli/plan_report.h"

#include <cstdio>

namespace baker {

int command_plan(const Settings& settings) {
  Session session(settings);
  if (!settings.json) {
    for (const std::string& machine : session.machines().no_longer_described(session.pipeline())) {
      std::printf("machine \"%s\" is no longer described: `%s --prune` removes it\n",
                  machine.c_str(), command_line(settings.invocation, "run").c_str());
    }
  }
  print_plan(session, plan_with_remote(session, settings), settings);
  session.memo().save();
  session.machines().check_ownership(session.pipeline());
  leave(0);
}

}  // namespace baker
