// Programs that a test runs on the host.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace baker::testing {

struct Outcome {
  int exit_status = 0;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
  std::string all() const { return out + err; }
};

// Runs a program to its end, with nothing to read. argv[0] is looked up in PATH; `env` comes on top
// of the test's own environment. It gets SIGTERM should the test end before it.
Outcome run_program(const std::vector<std::string>& argv,
                    const std::map<std::string, std::string>& env = {},
                    const std::filesystem::path& directory = {});

// The command line by which a program is run after these commands of a shell, in a mount namespace
// of its own: what they mount is seen by the program alone.
std::vector<std::string> after_in_its_namespace(const std::string& commands,
                                                const std::vector<std::string>& program);

// Four letters and digits that tell this process from the others of the host, also from those in
// other PID namespaces: for names of machines, of which the host has one of each.
std::string process_tag();

// Whether this process may mount and chown; tests that need it are skipped otherwise.
bool is_root();

}  // namespace baker::testing
