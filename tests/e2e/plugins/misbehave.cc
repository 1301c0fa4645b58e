// A plugin with every bad habit: `how` says which. Each first writes a file into its root, so that
// there is something half-done to leave behind.
#include <baker/stage.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

void hang() {
  for (;;) pause();
}

// A process that keeps the streams of the stage open when the stage has long returned.
void leave_a_process() {
  if (fork() == 0) hang();
}

struct Misbehave : baker::LayerStage {
  void run(baker::Root& root, const baker::Options& options) override {
    root.write_file("/half-done", "half");
    std::puts("about to misbehave");
    std::fflush(stdout);
    const std::string how = options.string("how");
    if (how == "crash")
      std::raise(SIGSEGV);  // no null pointer: optimizers make of it what they like
    if (how == "abort") std::abort();
    if (how == "hang") hang();
    if (how == "exit") std::exit(0);
    if (how == "throw") throw std::runtime_error("the moon is full");
    if (how == "throw-an-escape") {
      context().warn("\xff");
      throw std::runtime_error("it is \xff\x1b[31m red");
    }
    if (how == "throw-a-number") throw 42;
    if (how == "leave-a-process") leave_a_process();
    if (how == "fail-and-leave-a-process") {
      leave_a_process();
      throw std::runtime_error("gone away");
    }
  }
};

}  // namespace

BAKER_STAGE(Misbehave)
