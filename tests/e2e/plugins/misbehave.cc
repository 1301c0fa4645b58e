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

// Past the SDK, to where the runner tells the engine what happens.
void tell_the_engine(const std::string& what) {
  constexpr int kEvents = 4;
  for (size_t done = 0; done < what.size();) {
    const ssize_t count = write(kEvents, what.data() + done, what.size() - done);
    if (count <= 0) std::abort();
    done += static_cast<size_t>(count);
  }
}

void tell_without_end() {
  for (;;) tell_the_engine(std::string(1 << 20, 'x'));
}

void print_a_lot() {
  const std::string line(1000, 'x');
  for (int i = 0; i < 40'000; ++i) std::puts(line.c_str());
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
    if (how == "throw-a-lot") throw std::runtime_error(std::string(1 << 20, 'x'));
    if (how == "throw-a-number") throw 42;
    if (how == "look-around")
      std::puts(std::getenv("BAKER_TEST_SECRET") ? "it is told" : "it is kept");
    if (how == "write-to-the-host")
      std::puts(std::fopen("/usr/lib/tmpfiles.d/by-a-stage", "w") ? "it is written"
                                                                  : "it is refused");
    if (how == "tell-nonsense") tell_the_engine("{\"event\": 7}\n");
    if (how == "tell-without-end") tell_without_end();
    if (how == "print-a-lot") print_a_lot();
    if (how == "leave-a-process") leave_a_process();
    if (how == "fail-and-leave-a-process") {
      leave_a_process();
      throw std::runtime_error("gone away");
    }
  }
};

}  // namespace

BAKER_STAGE(Misbehave)
