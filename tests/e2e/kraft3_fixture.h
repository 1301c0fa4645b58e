// The flagship with its machines placed, for the tests of a program.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/flagship.h"

namespace baker::testing {

class Kraft3 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root() || bench_) return;
    bench_ = std::make_unique<Workbench>();
    bake_it();
  }
  static void bake_it() {
    copy_kept_flagship(*bench_);
    write_pipeline(flagship());
    first_ = std::make_unique<Outcome>(run({}));
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    ASSERT_EQ(first_->exit_status, 0) << first_->all();
  }
  // What tells the machines of this run from any others of the host.
  static std::string cluster() { return "-t" + process_tag(); }
  static std::string machine(const std::string& name) { return "kafka" + cluster() + "-" + name; }
  static std::filesystem::path data() { return bench_->path() / ("data" + cluster()); }

  // With names as a user has them, who runs one cluster.
  static std::string without_tag(std::string text) {
    for (size_t at; (at = text.find(cluster())) != std::string::npos;)
      text.erase(at, cluster().size());
    return text;
  }

  // What is run is a copy of it, which a test may change.
  static std::string flagship() { return flagship_text(); }
  static void write_pipeline(const std::string& text) { bench_->write("kraft3.toml", text); }

  static std::vector<std::string> arguments(const std::string& command,
                                            const std::vector<std::string>& options) {
    std::vector<std::string> all = {command, (bench_->path() / "kraft3.toml").string()};
    all.insert(all.end(), {"--set", "base=" + flagship_base(), "--set", "cluster=" + cluster(),
                           "--set", "data=" + (bench_->path() / "data").string()});
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }
  static Outcome baker(const std::string& command, const std::vector<std::string>& options) {
    return bench_->baker(arguments(command, options));
  }
  static Outcome run(const std::vector<std::string>& options) { return baker("run", options); }

  inline static std::unique_ptr<Workbench> bench_;  // goes with the program
  inline static std::unique_ptr<Outcome> first_;
};

}  // namespace baker::testing
