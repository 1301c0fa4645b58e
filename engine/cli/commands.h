// One function per command, each in a file of its own. They return the exit status, or throw Error.
#pragma once

#include "engine/cli/settings.h"

namespace baker {

int command_run(const Settings& settings);
int command_plan(const Settings& settings);
int command_why(const Settings& settings);
int command_update(const Settings& settings);
int command_log(const Settings& settings);
int command_stages(const Settings& settings);
int command_test(const Settings& settings);
int command_status(const Settings& settings);
int command_destroy(const Settings& settings);
int command_up(const Settings& settings);
int command_doctor(const Settings& settings);
int command_down(const Settings& settings);
int command_rollback(const Settings& settings);
int command_exec(const Settings& settings);
int command_shell(const Settings& settings);
int command_verify(const Settings& settings);
int command_gc(const Settings& settings);
int command_cache(const Settings& settings);
int command_push(const Settings& settings);
int command_pull(const Settings& settings);
int command_remote(const Settings& settings);
int command_worker(const Settings& settings);
int command_mount(const Settings& settings);

}  // namespace baker
