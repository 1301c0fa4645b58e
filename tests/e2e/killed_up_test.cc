// An `up` that is killed at whatever call of the system: machines are old or new and whole, the
// next `up` brings the system to its end, and nothing is left over.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/traces.h"
#include "tests/e2e/two_machines.h"
#include "tests/support/injected.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Killed { kStart, kRoll, kDown };

struct Plug {
  Killed command;
  const char* call;
  unsigned step = 1;  // each so-many-th call
};

void PrintTo(const Plug& plug, std::ostream* to) {
  *to << (plug.command == Killed::kStart  ? "start, "
          : plug.command == Killed::kRoll ? "roll, "
                                          : "down, ")
      << plug.call;
}

class KilledUp : public TwoMachines, public ::testing::WithParamInterface<Plug> {
 protected:
  // SetUp has brought the machines up with port 8080.
  std::vector<std::string> command() const {
    if (GetParam().command == Killed::kDown) return {"down", "p.toml", "--start-with", "direct"};
    return {"up", "p.toml", "--start-with", "direct", "--set", "port=" + wanted_};
  }
  void begin() {
    if (GetParam().command == Killed::kStart) down();
    if (GetParam().command == Killed::kRoll) wanted_ = wanted_ == "8080" ? "8081" : "8080";
  }
  // False where the command has no such call any more.
  bool kill_at(unsigned number) {
    killed_ = run_program(
        with_injected({GetParam().call, "signal=KILL", number}, bench_->command_line(command())),
        {}, bench_->path());
    return killed_.exit_status != 0;
  }
  // Killed between two mounts, it is not: whoever starts it mounts it first.
  static bool is_mounted(int machine) {
    return fs::exists(bench_->machines() / (name() + "-" + std::to_string(machine)) / "etc");
  }
  static std::string port_of(int machine) {
    const std::string unit = bench_->read("machines/" + name() + "-" + std::to_string(machine) +
                                          "/etc/systemd/system/greet.socket");
    return unit.substr(unit.find("Stream=") + 7, 4);
  }

  std::string wanted_ = "8080";
  Outcome killed_;
};

TEST_P(KilledUp, IsBroughtToItsEndByTheNext) {
  for (unsigned number = 1; !HasFailure(); number += GetParam().step) {
    SCOPED_TRACE(std::to_string(number) + ". call");
    const std::string before = wanted_;
    begin();
    if (!kill_at(number)) break;
    for (const int machine : {1, 2})
      if (is_mounted(machine)) {
        EXPECT_THAT(port_of(machine), AnyOf(before, wanted_));
      }

    const Outcome finished = up(wanted_);
    ASSERT_EQ(finished.exit_status, 0) << killed_.all() << finished.all();
    EXPECT_THAT(finished.out, HasSubstr("2 machines run"));
    for (const int machine : {1, 2}) EXPECT_EQ(port_of(machine), wanted_);
    EXPECT_THAT(names_in(bench_->cache() / "tmp"), IsEmpty());
    EXPECT_THAT(up(wanted_).out, HasSubstr("2 machines run\n")) << "nothing is left to be done";
  }
  up("8080");
}

const Plug kSample[] = {{Killed::kRoll, "renameat2", 3}, {Killed::kStart, "rename", 3}};
INSTANTIATE_TEST_SUITE_P(Sample, KilledUp, ::testing::ValuesIn(kSample));

std::vector<Plug> all_plugs() {
  std::vector<Plug> plugs;
  for (const Killed command : {Killed::kStart, Killed::kRoll, Killed::kDown})
    for (const char* call : {"rename", "renameat2", "fsync", "syncfs", "unlink", "unlinkat",
                             "mkdir", "move_mount", "umount2"})
      plugs.push_back({command, call});
  return plugs;
}
INSTANTIATE_TEST_SUITE_P(Nightly, KilledUp, ::testing::ValuesIn(all_plugs()));

}  // namespace
}  // namespace baker::testing
