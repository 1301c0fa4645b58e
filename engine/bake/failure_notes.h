// What often lies behind a failed step, as its last lines tell: a stage knows its own view of the
// file system only, and a command in it not even that. Each note begins a new line; empty where
// nothing points to it.
#pragma once

#include <deque>
#include <string>

namespace baker {

// It looked for the network, which there is none while a stage bakes.
std::string network_note(const std::deque<std::string>& last_lines);
// It renamed a folder of a layer below.
std::string rename_note(const std::deque<std::string>& last_lines);
// The file system of `folder`, which `option` names, is full.
std::string full_disk_note(const std::string& folder, const std::string& option,
                           const std::string& error, const std::deque<std::string>& last_lines);

}  // namespace baker
