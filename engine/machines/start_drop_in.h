// What has systemd mount a machine's tree before it starts the machine by itself, at boot or by
// `machinectl start`: /etc/systemd/system/systemd-nspawn@NAME.service.d/baker.conf.
#pragma once

#include "engine/machines/machine_paths.h"

#include <string>

namespace baker {

// Both return whether systemd has to read its units again, and throw Error. The first writes that
// `program`, baker's own, is run before the machine is started.
bool write_start_drop_in(const MachinePlaces& places, const std::string& machine,
                         const std::string& program);
bool remove_start_drop_in(const std::string& machine);

// Has systemd do so, where it runs.
void have_units_read();

}  // namespace baker
