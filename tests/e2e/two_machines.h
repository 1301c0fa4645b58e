// Two machines that answer on a port, started without systemd; baked once for all tests of a suite.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/private_network.h"
#include "tests/support/workbench.h"

namespace baker::testing {

class TwoMachines : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    bootable_debian();  // made once, from the network of the host
    network_ = std::make_unique<PrivateNetwork>();
    bench_ = std::make_unique<Workbench>();
    pack_bootable_debian(tarball());
    bench_->write("p.toml", pipeline());
  }
  static void TearDownTestSuite() {
    if (!bench_) return;
    bench_->baker({"down", "p.toml", "--start-with", "direct", "--stop-timeout", "1"});
    bench_->baker({"destroy", "p.toml"});
    bench_.reset();
    network_.reset();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "machines need root";
    const Outcome started = up("8080");
    ASSERT_EQ(started.exit_status, 0) << started.all();
  }

  static Outcome up(const std::string& port, std::vector<std::string> options = {}) {
    options.insert(options.begin(),
                   {"up", "p.toml", "--start-with", "direct", "--set", "port=" + port});
    return bench_->baker(options);
  }
  static Outcome rollback(const std::string& port) {
    return bench_->baker({"rollback", "p.toml", "--start-with", "direct", "--set", "port=" + port});
  }
  static void write_pipeline(const std::string& text) { bench_->write("p.toml", text); }
  static std::string replaced(std::string text, const std::string& what, const std::string& with) {
    return text.replace(text.find(what), what.size(), with);
  }
  static std::string bridge() {
    return run_program({"ip", "-brief", "address", "show", "rolling"}).out;
  }
  static Outcome down() { return bench_->baker({"down", "p.toml", "--start-with", "direct"}); }
  static std::string status() { return bench_->baker({"status", "p.toml"}).out; }
  // In the first machine.
  static void run(const std::vector<std::string>& command) {
    const Outcome outcome = in_first(command);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }
  static Outcome in_first(const std::vector<std::string>& command) {
    std::vector<std::string> arguments = {
        "exec", "--machines-dir", bench_->machines(), "--start-with", "direct", name() + "-1",
        "--"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    return bench_->baker(arguments);
  }

  static std::string tarball() { return bench_->path() / "debian.tar"; }
  static std::string name() { return "roll" + process_tag(); }
  static std::string pipeline() {
    return "[pipeline]\nname = \"" + name() + "\"\n[params]\nport = 0\n" +
           "[stage.debian]\nuses = \"rootfs\"\nsources = [{ tar = \"" + tarball() + "\" }]\n" +
           R"([stage.service]
uses = "files"
from = "debian"
[stage.service.files]
"/etc/systemd/system/greet.socket" = { content = """
[Socket]
ListenStream=${port}
Accept=yes
[Install]
WantedBy=sockets.target
""" }
"/etc/systemd/system/greet@.service" = { content = """
[Service]
ExecStart=/bin/echo hello
StandardOutput=socket
""" }
[stage.enabled]
uses = "script"
from = "service"
run = "systemctl --root=/ enable systemd-networkd.service greet.socket"
[stage.network]
uses = "network"
bridge = "rolling"
address = "10.98.0.1/24"
owner = "${pipeline}"
[stage.machine]
for-each = "1..2"
uses = "snapshot"
from = "enabled"
machine = "${pipeline}-${each}"
bridge = "rolling"
address = "10.98.0.1${each}/24"
[stage.answers]
uses = "tcp-probe"
needs = ["machine"]
addresses = ["10.98.0.11:${port}", "10.98.0.12:${port}"]
deadline = 15
)";
  }

  inline static std::unique_ptr<Workbench> bench_;

 private:
  inline static std::unique_ptr<PrivateNetwork> network_;
};

}  // namespace baker::testing
