// What runs in a machine, seen from the host in /proc and its cgroup, without asking the machine.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace baker {

// Of its network namespace, without those of its loopback: "10.88.0.11". Empty once it has ended.
std::vector<std::string> addresses_in(pid_t init);

// The units of its systemd that have processes, without systemd's own: "kafka", "avahi-daemon".
std::vector<std::string> services_in(pid_t init);

}  // namespace baker
