// Bakes one file, slowly: a test sees it in the middle of its work, and can tell who baked.
#include <baker/stage.h>
#include <unistd.h>

#include <cstdio>

namespace {

constexpr unsigned kStepMicroseconds = 10'000;

struct Slow : baker::LayerStage {
  void run(baker::Root& root, const baker::Options& options) override {
    root.write_file("/text", options.string("text"));
    std::puts("halfway");
    std::fflush(stdout);
    for (auto left = options.integer("steps"); left > 0; --left) usleep(kStepMicroseconds);
  }
};

}  // namespace

BAKER_STAGE(Slow)
