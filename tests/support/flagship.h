// The flagship, baked once for all test programs: its downloads are large, and its bake takes a
// minute. The test `flagship` bakes it; each program works on a copy of its own, so that no test
// finds what another one has baked.
//
// It is kept in the build folder; whoever works on these tests can keep it elsewhere, from one
// build folder to the next: BAKER_TEST_CACHE names a folder for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/workbench.h"

namespace baker::testing {

// pipelines/kraft3.toml as it is in the repository.
std::string flagship_text();

// Jammy, as users get it. Where Ubuntu's archive does not answer, the test `flagship` says so in
// each run, and all tests tell the same stories on the host's own distribution.
std::string flagship_base();
void choose_flagship_base(const std::string& base);

// Bakes it with further arguments, in the kept folder; machines are placed below `bench`. One
// program at a time.
Outcome bake_kept_flagship(const Workbench& bench, const std::vector<std::string>& arguments);

// Gives `bench` what was baked as its cache (hard links: a layer never changes), and its lock file
// as `kraft3.lock.toml`. Nothing where nothing was baked.
void copy_kept_flagship(const Workbench& bench);

}  // namespace baker::testing
