#include "engine/plan/pipeline_state.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace baker {
namespace {

constexpr std::string_view kHeader = "baker-state-1";
constexpr std::pair<MachineLife, std::string_view> kLives[] = {
    {MachineLife::kExpected, "expected"},   {MachineLife::kPlaced, "placed"},
    {MachineLife::kReplacing, "replacing"}, {MachineLife::kStarted, "started"},
    {MachineLife::kServing, "serving"},     {MachineLife::kGivenUp, "given-up"},
    {MachineLife::kStopping, "stopping"},   {MachineLife::kStopped, "stopped"}};

std::string_view word_for(MachineLife life) {
  return std::ranges::find(kLives, life, &std::pair<MachineLife, std::string_view>::first)->second;
}

MachineLife life_called(std::string_view word) {
  const auto* found =
      std::ranges::find(kLives, word, &std::pair<MachineLife, std::string_view>::second);
  if (found == std::end(kLives)) throw Error(fmt::format("no machine is \"{}\"", word));
  return found->first;
}

// Fields are percent-encoded; "-" is an empty one.
std::string field(const std::string& text) {
  return text.empty() ? "-" : text == "-" ? "%2D" : percent_encode(text);
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields = split(line, ' ');
  for (std::string& each : fields) {
    std::optional<std::string> decoded = percent_decode(each);
    if (!decoded) throw Error("not percent-encoded: " + each);
    each = each == "-" ? "" : std::move(*decoded);
  }
  return fields;
}

std::uint32_t id_in(const std::string& text) {
  const std::optional<std::uint64_t> id = decimal_number(text);
  if (!id || *id > std::numeric_limits<std::uint32_t>::max()) throw Error("no id: " + text);
  return static_cast<std::uint32_t>(*id);
}

bool read_up_line(std::vector<std::string>& fields, PipelineState& state) {
  if (fields.size() == 1 && fields[0] == "before-up") {
    state.rollout = RolloutPhase::kForward;
    return true;
  }
  if (fields.size() == 1 && fields[0] == "rolls-back") {
    state.rollout = RolloutPhase::kBack;
    return true;
  }
  // Lines that follow "before-up" tell of the up before.
  UpState& up = state.rollout == RolloutPhase::kEnded ? state.last_up : state.up_before;
  if (fields[0] == "up-param" && fields.size() == 3) {
    up.params[fields[1]] = fields[2];
  } else if (fields[0] == "up-probe" && fields.size() == 4) {
    up.probes[fields[1]] = {fields[2], fields[3]};
  } else if (fields[0] == "up-machine" && fields.size() == 2) {
    up.machines.insert(fields[1]);
  } else if (fields[0] == "up-applied" && fields.size() == 4) {
    up.applied[fields[1]] = {fields[2], fields[3]};
  } else if (fields[0] == "remembered" && fields.size() == 3) {
    state.remembered[fields[1]] = fields[2];
  } else {
    return false;
  }
  return true;
}

std::string asked_line(const std::string& word, const std::string& stage,
                       const AppliedState& what) {
  return word + " " + field(stage) + " " + field(what.type) + " " + field(what.options) + "\n";
}

std::string lines_of(const std::string& machine_name, const MachineState& machine) {
  const std::string name = field(machine_name);
  std::string text = fmt::format("machine {} {} {} {} {} {} {} {}\n", name, field(machine.stage),
                                 field(machine.placed.key), field(machine.placed.identity),
                                 field(machine.settings), field(machine.pending.key),
                                 field(machine.pending.identity), field(machine.placed.method));
  if (machine.pending.exists())
    text += fmt::format("pending {} {}\n", name, field(machine.pending.method));
  if (machine.old.exists())
    text += fmt::format("old {} {} {} {}\n", name, field(machine.old.key),
                        field(machine.old.identity), field(machine.old.method));
  if (machine.first_id != 0) text += fmt::format("ids {} {}\n", name, machine.first_id);
  return text + fmt::format("life {} {}\n", name, word_for(machine.life));
}

std::string lines_of(const UpState& up) {
  std::string text;
  for (const auto& [name, value] : up.params)
    text += "up-param " + field(name) + " " + field(value) + "\n";
  for (const auto& [stage, what] : up.probes) text += asked_line("up-probe", stage, what);
  for (const std::string& machine : up.machines) text += "up-machine " + field(machine) + "\n";
  for (const auto& [stage, what] : up.applied) text += asked_line("up-applied", stage, what);
  return text;
}

void read_line(std::string_view line, PipelineState& state) {
  std::vector<std::string> fields = fields_of(line);
  if (read_up_line(fields, state)) return;
  if (fields[0] == "file" && fields.size() == 2) {
    state.file = fields[1];
  } else if (fields[0] == "stage" && fields.size() == 4) {
    state.stages.insert_or_assign(state.stages.end(), fields[1],
                                  StageState{std::move(fields[2]), std::move(fields[3])});
  } else if (fields[0] == "machine" && fields.size() == 9) {
    MachineState& machine = state.machines[fields[1]];
    machine = {.stage = fields[2],
               .name = fields[1],
               .placed = {fields[3], fields[4], fields[8]},
               .settings = fields[5],
               .pending = {fields[6], fields[7], ""}};
    machine.life = machine.has_tree() ? MachineLife::kPlaced : MachineLife::kExpected;
  } else if (fields[0] == "old" && (fields.size() == 4 || fields.size() == 5) &&
             state.machines.contains(fields[1])) {
    fields.resize(5);  // earlier bakers wrote no method
    state.machines[fields[1]].old = {fields[2], fields[3], fields[4]};
  } else if (fields[0] == "pending" && fields.size() == 3 && state.machines.contains(fields[1])) {
    state.machines[fields[1]].pending.method = fields[2];
  } else if (fields[0] == "ids" && fields.size() == 3 && state.machines.contains(fields[1])) {
    state.machines[fields[1]].first_id = id_in(fields[2]);
  } else if (fields[0] == "life" && fields.size() == 3 && state.machines.contains(fields[1])) {
    state.machines[fields[1]].life = life_called(fields[2]);
  } else if (fields[0] == "unproven" && fields.size() == 2 && state.machines.contains(fields[1])) {
    state.machines[fields[1]].life = MachineLife::kStarted;  // as an earlier baker wrote it
  } else if (fields[0] == "data" && fields.size() == 3) {
    state.data[fields[1]] = fields[2];
  } else if (fields[0] == "applied" && fields.size() == 4) {
    state.applied[fields[1]] = {fields[2], fields[3]};
  } else {
    throw Error("unknown line: " + std::string(line));
  }
}

}  // namespace

std::optional<PipelineState> PipelineState::load(const std::string& folder) {
  const std::string path = folder + "/state";
  std::optional<std::string> text = read_file_if_exists(path);
  if (!text) return std::nullopt;
  PipelineState state;
  std::vector<std::string> lines = split(*text, '\n');
  try {
    if (lines.front() != kHeader) throw Error("not written by this version of baker");
    for (size_t i = 1; i < lines.size(); ++i) {
      if (!lines[i].empty()) read_line(lines[i], state);
    }
  } catch (Error& error) {
    throw error.during("reading " + path +
                       " (it is damaged: put it back from a backup, or remove it and the machines "
                       "by hand)");
  }
  return state;
}

std::map<std::string, PipelineState> PipelineState::load_all(const std::string& folder) {
  std::map<std::string, PipelineState> states;
  for (const std::string& name : list_directory(folder))
    if (auto state = load(folder + "/" + name)) states.emplace(name, *std::move(state));
  return states;
}

void PipelineState::save(const PipelineLock& lock) const {
  std::string text = std::string(kHeader) + "\nfile " + field(file) + "\n";
  for (const auto& [name, stage] : stages) {
    text += "stage " + field(name) + " " + field(stage.key) + " " + field(stage.previous) + "\n";
  }
  for (const auto& [name, machine] : machines) text += lines_of(name, machine);
  for (const auto& [stage, what] : applied) text += asked_line("applied", stage, what);
  for (const auto& [where, machine] : data)
    text += "data " + field(where) + " " + field(machine) + "\n";
  for (const auto& [stage, what] : remembered)
    text += "remembered " + field(stage) + " " + field(what) + "\n";
  text += lines_of(last_up);
  if (rollout != RolloutPhase::kEnded) text += "before-up\n" + lines_of(up_before);
  if (rollout == RolloutPhase::kBack) text += "rolls-back\n";
  const std::string path = lock.folder() + "/state";
  if (read_file_if_exists(path) != text) write_file_atomically(path, text);
}

void PipelineState::set_key(const std::string& stage, const std::string& key) {
  StageState& state = stages[stage];
  if (state.key == key) return;
  state.previous = std::exchange(state.key, key);
}

}  // namespace baker
