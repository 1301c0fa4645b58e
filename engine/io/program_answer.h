// What a program prints, for what it is easier to ask it than to find out.
#pragma once

#include <string>
#include <vector>

namespace baker {

struct ProgramAnswer {
  int status = 0;    // as a shell tells it
  std::string text;  // what it printed, errors included, without newlines at the end
};

// Blocks until it has ended. It reads nothing. Throws Error where it can't be started.
ProgramAnswer ask_program(const std::vector<std::string>& command);

}  // namespace baker
