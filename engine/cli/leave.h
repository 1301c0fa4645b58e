// Ends the process where there is nothing left to tidy up but memory: to free what stands for
// thousands of stages piece by piece takes a tenth of the time of a plan.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace baker {

[[noreturn]] inline void leave(int exit_status) {
  std::fflush(nullptr);
  std::_Exit(exit_status);
}

}  // namespace baker
