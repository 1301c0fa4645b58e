// The flagship, baked once for all tests of the program: the downloads are large.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

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
    first_ = std::make_unique<Outcome>(run({}));
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    ASSERT_EQ(first_->exit_status, 0) << first_->all();
  }
  // What tells the machines of this run from any others of the host.
  static std::string cluster() { return "-t" + std::to_string(getpid() % 10000); }
  static std::string machine(const std::string& name) { return "kafka" + cluster() + "-" + name; }

  static Outcome baker(const std::string& command, const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {command, BAKER_SOURCE "/pipelines/kraft3.toml"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(
        arguments.end(),
        {"--lock-file", (bench_->path() / "kraft3.lock.toml").string(), "--set",
         "cluster=" + cluster(), "--set", "data=" + (bench_->path() / "data").string()});
    return bench_->baker(arguments);
  }
  static Outcome run(const std::vector<std::string>& options) { return baker("run", options); }

  inline static std::unique_ptr<Workbench> bench_;  // goes with the program
  inline static std::unique_ptr<Outcome> first_;
};

}  // namespace baker::testing
