// The flagship's cluster, small enough for a test, in a network of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/e2e/private_network.h"
#include "tests/support/direct_machine.h"
#include "tests/support/loop_disk.h"

namespace baker::testing {

// Kafka's tools live for a second or two: to compile well what they run takes longer than that.
inline const std::string kQuickTools =
    "export KAFKA_JVM_PERFORMANCE_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'; ";

class Cluster : public Kraft3 {
 protected:
  // For all tests of a suite: they find it as the one before has left it.
  static void SetUpTestSuite() {
    if (!is_root()) return;
    if (!bench_) {
      bench_ = std::make_unique<Workbench>();
      disk_ = place_on_btrfs(*bench_);
      bake_it();
    }
    network_ = std::make_unique<PrivateNetwork>();
    write_pipeline(patient_flagship());
  }
  static void TearDownTestSuite() {
    if (!network_) return;
    forget_cluster();
    network_.reset();
    write_pipeline(flagship());
  }

  // The pipeline with another time for the probe to wait.
  static std::string with_deadline(std::string pipeline, int seconds) {
    const std::string probe = "uses = \"kafka-probe\"\n";
    return pipeline.insert(pipeline.find(probe) + probe.size(),
                           "deadline = " + std::to_string(seconds) + "\n");
  }
  // However busy the host is.
  static std::string patient_flagship() { return with_deadline(flagship(), 180); }

  // No machine, no data, nothing known of it.
  static void forget_cluster() {
    down({"--stop-timeout", "1"});
    with("destroy", {});
    std::filesystem::remove_all(data());
  }

  static std::vector<std::string> small(std::vector<std::string> options) {
    options.insert(options.begin(), {"--set", "heap=400m"});
    return options;
  }
  static Outcome with(const std::string& command, const std::vector<std::string>& options) {
    return baker(command, small(options));
  }
  static Outcome started_directly(const std::string& command, std::vector<std::string> options) {
    options.insert(options.begin(), {"--start-with", "direct"});
    return with(command, options);
  }
  static Outcome up(const std::vector<std::string>& options = {}) {
    return started_directly("up", options);
  }
  static Outcome down(const std::vector<std::string>& options = {}) {
    return started_directly("down", options);
  }
  static Outcome rollback() { return started_directly("rollback", {}); }
  static std::string status() { return with("status", {}).out; }

  static Outcome in(const std::string& name, const std::string& command) {
    return in_machine(machine(name), command);
  }
  static Outcome in_machine(const std::string& machine, const std::string& command) {
    return bench_->baker({"exec", "--machines-dir", bench_->machines(), "--start-with", "direct",
                          machine, "--", "sh", "-c", kQuickTools + command});
  }
  static std::filesystem::path cgroup(const std::string& name) { return cgroup_of(machine(name)); }
  static std::string init_of(const std::string& name) { return init_in(machine(name)); }
  static std::string brokers() { return "10.88.0.11:9092,10.88.0.12:9092,10.88.0.13:9092"; }

 private:
  inline static std::unique_ptr<LoopDisk> disk_;
  inline static std::unique_ptr<PrivateNetwork> network_;
};

// Each test begins with a cluster that serves.
class RunningCluster : public Cluster {
 protected:
  void SetUp() override {
    Cluster::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const Outcome started = up();
    ASSERT_EQ(started.exit_status, 0) << started.all();
  }
};

}  // namespace baker::testing
