// The flagship, baked once for all tests of the program: the downloads are large.
//
// Who works on these tests can keep what was baked from one run to the next: BAKER_TEST_CACHE names
// a folder for it.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/workbench.h"

namespace baker::testing {

class Kraft3 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root() || bench_) return;
    bench_ = std::make_unique<Workbench>();
    if (const std::filesystem::path kept = kept_cache(); !kept.empty()) {
      std::filesystem::create_directories(kept);
      std::filesystem::create_directory_symlink(kept, bench_->cache());
    }
    write_pipeline(flagship());
    first_ = std::make_unique<Outcome>(run({}));
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    ASSERT_EQ(first_->exit_status, 0) << first_->all();
  }
  // What tells the machines of this run from any others of the host.
  static std::string cluster() { return "-t" + std::to_string(getpid() % 10000); }
  static std::string machine(const std::string& name) { return "kafka" + cluster() + "-" + name; }
  static std::filesystem::path data() { return bench_->path() / ("data" + cluster()); }

  // The pipeline's text as it is in the repository; what is run is a copy, which a test may change.
  static std::string flagship() {
    std::ifstream stream(BAKER_SOURCE "/pipelines/kraft3.toml");
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static void write_pipeline(const std::string& text) { bench_->write("kraft3.toml", text); }

  static std::vector<std::string> arguments(const std::string& command,
                                            const std::vector<std::string>& options) {
    std::vector<std::string> all = {command, (bench_->path() / "kraft3.toml").string()};
    all.insert(all.end(), {"--set", "cluster=" + cluster(), "--set",
                           "data=" + (bench_->path() / "data").string()});
    all.insert(all.end(), options.begin(), options.end());
    all.insert(all.end(), {"--lock-file", lock_file().string()});
    return all;
  }
  static std::filesystem::path lock_file() {
    const std::filesystem::path kept = kept_cache();
    return (kept.empty() ? bench_->path() : kept) / "kraft3.lock.toml";
  }
  static Outcome baker(const std::string& command, const std::vector<std::string>& options) {
    return bench_->baker(arguments(command, options));
  }
  static Outcome run(const std::vector<std::string>& options) { return baker("run", options); }

  inline static std::unique_ptr<Workbench> bench_;  // goes with the program
  inline static std::unique_ptr<Outcome> first_;

 private:
  static std::filesystem::path kept_cache() {
    const char* folder = std::getenv("BAKER_TEST_CACHE");
    return folder ? folder : "";
  }
};

}  // namespace baker::testing
