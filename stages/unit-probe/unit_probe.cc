// `unit-probe`: waits until a unit is active in all machines; while they are replaced one by one,
// it may also be the unit that was asked for before.
#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace baker {
namespace {

using std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(100);

struct State {
  std::string text;  // "activating (start-pre)"
  bool active = false;
  bool hopeless = false;  // waiting does not help
};

// Both streams as one; where there is no answer, the reason is.
std::string output_of(Machines& machines, const std::string& machine, const std::string& command,
                      const std::string& unit) {
  return machines
      .run(machine, {.argv = {"sh", "-c", command, "sh", unit}, .capture = true, .check = false})
      .output;
}

std::map<std::string, std::string> properties_in(const std::string& output) {
  std::map<std::string, std::string> properties;
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size());
    const size_t equals = output.find('=', at);
    if (equals < end) {
      properties[output.substr(at, equals - at)] = output.substr(equals + 1, end - equals - 1);
    }
    at = end + 1;
  }
  return properties;
}

State state_of(Machines& machines, const std::string& machine, const std::string& unit) {
  const std::string output = output_of(
      machines, machine,
      "exec timeout 10 systemctl show --property=LoadState,ActiveState,SubState -- \"$1\" 2>&1",
      unit);
  auto properties = properties_in(output);
  const std::string& active = properties["ActiveState"];
  // Before systemd in the machine answers, there are no properties.
  if (active.empty()) return {"no answer: " + output.substr(0, output.find('\n'))};
  const std::string& load = properties["LoadState"];
  if (load == "not-found") return {"there is no such unit", false, true};
  if (load != "loaded") return {"its unit file is " + load, false, true};
  return {active + " (" + properties["SubState"] + ")", active == "active", active == "failed"};
}

std::string journal_of(Machines& machines, const std::string& machine, const std::string& unit) {
  std::string journal = output_of(machines, machine,
                                  "timeout 10 journalctl --sync 2>&1; exec timeout 10 journalctl "
                                  "-b -u \"$1\" -n 20 --no-pager 2>&1",
                                  unit);
  while (journal.ends_with('\n')) journal.pop_back();
  for (size_t at = 0; (at = journal.find('\n', at)) != std::string::npos; at += 3)
    journal.insert(at + 1, "  ");
  return "\nthe end of its journal in \"" + machine + "\":\n  " + journal;
}

class UnitProbe : public ProbeStage {
 public:
  Probed probe(Machines& machines, const Options& options) override {
    unit_ = options.string("unit");
    outgoing_unit_ = before().outgoing.value("unit", unit_);
    if (outgoing_unit_ == unit_) outgoing_unit_.clear();
    names_ = options.strings("machines");
    if (names_.empty()) names_ = machines.running();
    if (names_.empty()) throw StageError("none of the pipeline's machines runs");
    const auto patience = std::chrono::seconds(options.integer("deadline"));
    const auto deadline = steady_clock::now() + patience;
    for (;;) {
      const bool all_active = look(machines);
      if (all_active) return seen();
      if (const auto hopeless = find(&State::hopeless, true); !hopeless.empty())
        give_up(machines, "is not active and will not be", hopeless);
      if (steady_clock::now() > deadline) {
        give_up(machines, fmt::format("was not active within {} seconds", patience.count()),
                find(&State::active, false));
      }
      tell(machines);
      std::this_thread::sleep_for(kPause);
    }
  }

 private:
  // The first machine whose state is so, or "".
  std::string find(bool State::*flag, bool value) const {
    for (const auto& [machine, state] : states_) {
      if (state.*flag == value) return machine;
    }
    return "";
  }

  bool look(Machines& machines) {
    for (const std::string& machine : names_) {
      State& state = states_[machine];
      if (state.active) continue;
      state = state_of(machines, machine, unit_);
      if (state.active || outgoing_unit_.empty()) continue;
      if (const State as_before = state_of(machines, machine, outgoing_unit_); as_before.active)
        state = as_before;
    }
    return find(&State::active, false).empty();
  }

  void tell(Machines& machines) {
    std::string missing;
    for (const auto& [machine, state] : states_) {
      if (!state.active) missing += (missing.empty() ? "" : ", ") + machine + ": " + state.text;
    }
    if (missing == told_) return;
    machines.waiting_for(unit_ + " in " + missing);
    told_ = missing;
  }

  [[noreturn]] void give_up(Machines& machines, const std::string& how,
                            const std::string& worst) const {
    std::string text = "unit \"" + unit_ + "\" " + how;
    for (const auto& [machine, state] : states_) text += "\n  " + machine + ": " + state.text;
    throw StageError(text + journal_of(machines, worst, unit_));
  }

  Probed seen() const {
    Json facts = Json::object();
    for (const auto& [machine, state] : states_) facts[machine] = state.text;
    const std::string where =
        names_.size() == 1 ? names_[0] : fmt::format("{} machines", names_.size());
    return {.seen = unit_ + " is active in " + where, .facts = facts};
  }

  std::string unit_;
  std::string outgoing_unit_;  // empty: the same
  std::vector<std::string> names_;
  std::map<std::string, State> states_;
  std::string told_;
};

}  // namespace

BAKER_STAGE(UnitProbe)

}  // namespace baker
