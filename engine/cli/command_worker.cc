// baker worker: bakes stages for a builder on another host.
#include "engine/cli/commands.h"
#include "engine/cli/programs.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/plugin/catalogue.h"
#include "engine/worker/worker.h"

#include <csignal>
#include <iostream>

namespace baker {

int command_worker(const Settings& settings) {
  if (settings.action == "check") return command_doctor(settings);
  std::signal(SIGPIPE, SIG_IGN);  // a builder that is gone is noticed where it does not listen
  const UniqueFd interrupt = interrupt_descriptor();
  const WorkerPlaces places{.cache = absolute_path(settings.cache_dir),
                            .runner_program = own_program("baker-stage-runner"),
                            .download_program = own_program("baker-download"),
                            .remote_program = own_program("baker-remote"),
                            .interrupt_fd = interrupt.get()};
  const Catalogue catalogue(plugin_folders({}));
  return carry_out(nlohmann::json::parse(std::cin, nullptr, false), places, catalogue);
}

}  // namespace baker
