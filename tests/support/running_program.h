// A program that a test has started and goes on beside.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/captured_output.h"

namespace baker::testing {

class RunningProgram {
 public:
  // argv[0] is looked up in PATH. It has nothing to read, and dies with the test.
  explicit RunningProgram(std::vector<std::string> argv,
                          const std::filesystem::path& directory = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // So far, on both its outputs.
  std::string said() const { return output_.text(); }
  // Waits until it has said this. Returns false where it ends before, or five minutes pass.
  bool says(const std::string& text) const;
  bool runs() const;
  void signal(int number) const;
  // Returns when it has ended: its exit status, 128 + signal where a signal ended it. Once.
  int wait();
  // Returns when it is dead.
  void kill();

 private:
  CapturedOutput output_;
  pid_t pid_ = -1;
};

}  // namespace baker::testing
