// A program in which strace(1) lets a call of the system fail, or kills whoever makes it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace baker::testing {

struct Injected {
  std::string call;         // "rename"
  std::string what;         // in strace's words: "error=EIO", "signal=KILL"
  unsigned number = 1;      // which of its calls, in each process
  bool everywhere = false;  // also in the program's threads, and in the processes that it starts
};

// The command line of `command` under strace, which writes all such calls to `log`.
inline std::vector<std::string> with_injected(const Injected& injected,
                                              const std::vector<std::string>& command,
                                              const std::filesystem::path& log = "/dev/null") {
  std::vector<std::string> argv = {
      "strace",
      injected.everywhere ? "-fqq" : "-qq",
      "-o",
      log,
      "-e",
      "trace=" + injected.call,
      "-e",
      "inject=" + injected.call + ":" + injected.what + ":when=" + std::to_string(injected.number)};
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

}  // namespace baker::testing
