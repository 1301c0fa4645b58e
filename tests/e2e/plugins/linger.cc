// A probe that holds, and leaves a process behind which keeps the streams of the stage open.
#include <baker/stage.h>
#include <unistd.h>

#include <string>

namespace {

struct Linger : baker::ProbeStage {
  baker::Probed probe(baker::Machines&, const baker::Options&) override {
    const pid_t left = fork();
    if (left == 0) {
      setsid();
      for (;;) pause();
    }
    return {.seen = "left process " + std::to_string(left)};
  }
};

}  // namespace

BAKER_STAGE(Linger)
