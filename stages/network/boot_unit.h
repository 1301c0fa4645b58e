// A unit of systemd that makes a bridge again when the host boots, and starts machines after it.
// Nothing is done here: this is its name and its text.
#pragma once

#include "bridge.h"

#include <string>
#include <vector>

namespace baker {

// "baker-BRIDGE.service"
std::string boot_unit_name(const Bridge& bridge);

// `lines` are for `ip`, in their order: what makes the bridge where it is absent.
std::string boot_unit_text(const Bridge& bridge, const std::vector<std::string>& lines,
                           const std::vector<std::string>& machines);

// Whether a file of this text is the bridge's owner's.
bool is_boot_unit_of(const Bridge& bridge, const std::string& text);

}  // namespace baker
