#include "boot_unit.h"

namespace baker {
namespace {

std::string first_line(const Bridge& bridge) {
  return "# Written by baker for \"" + bridge.owner + "\"; the next `baker up` undoes changes.\n";
}

}  // namespace

std::string boot_unit_name(const Bridge& bridge) {
  return "baker-" + bridge.name + ".service";
}

// Machines are started after network.target, which orders nothing unless somebody wants it. The
// unit does not stay active: nothing of it is left once it has done its work.
std::string boot_unit_text(const Bridge& bridge, const std::vector<std::string>& lines,
                           const std::vector<std::string>& machines) {
  std::string text = first_line(bridge) + "[Unit]\nDescription=Network and machines of " +
                     bridge.owner + "\nWants=network.target\nBefore=network.target\n";
  for (const std::string& machine : machines)
    text += "Wants=systemd-nspawn@" + machine + ".service\n";
  text += "\n[Service]\nType=oneshot\n";
  if (lines.empty()) text += "ExecStart=true\n";
  for (const std::string& line : lines) text += "ExecStart=ip " + line + "\n";
  return text + "\n[Install]\nWantedBy=machines.target\n";
}

bool is_boot_unit_of(const Bridge& bridge, const std::string& text) {
  return text.starts_with(first_line(bridge));
}

}  // namespace baker
