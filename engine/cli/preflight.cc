#include "engine/cli/preflight.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/programs.h"
#include "engine/doctor/layer_trial.h"
#include "engine/io/files.h"
#include "engine/io/made_folder.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/io/trusted_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

namespace baker {
namespace {

std::string missing_programs(const Pipeline& pipeline, const std::vector<PlannedStage>& planned) {
  std::map<std::string, std::string> missing;
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!runs_here(planned[i].action)) continue;
    for (const auto& [program, package] : pipeline.stages[i].type->programs) {
      if (!find_program(program)) missing[program] = package;
    }
  }
  std::string names, packages;
  for (const auto& [program, package] : missing) {
    names += (names.empty() ? "\"" : ", \"") + program + "\"";
    packages += " " + package;
  }
  return names.empty() ? "" : "missing programs: " + names + ": apt-get install" + packages;
}

// With a file that has no name where that is possible, so that nothing of it can be left.
void try_to_write(const std::string& folder) {
  if (UniqueFd(open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600)).valid()) return;
  std::string named = folder + "/.baker-probe-XXXXXX";
  const UniqueFd probe(mkostemp(named.data(), O_CLOEXEC));
  if (!probe.valid()) throw system_error("cannot write to " + folder, folder);
  unlink(named.c_str());
}

std::string unwritable(const std::string& folder, const std::string& option, mode_t mode = 0755) {
  try {
    make_marked_folder(folder, {.mode = mode}, kEverybody);
    try_to_write(folder);
    return "";
  } catch (const Error& error) {
    return error.describe() + " (another place can be given with " + option + ")";
  }
}

void tell_owners(const std::vector<std::string>& folders, EventSink& sink) {
  std::set<std::string> told;
  for (const std::string& folder : folders)
    for (const PathExposure& found : exposures_of(folder))
      if (found.exposure == Exposure::kToItsOwner && told.insert(found.how).second)
        sink.on(Note{true, found.how + ", who can change what baker keeps in " + folder});
}

// Nothing is made in a folder that others may write.
std::string unusable(const std::string& folder, const std::string& option, mode_t mode) {
  const std::string open_to_others = exposed(folder, option);
  return open_to_others.empty() ? unwritable(folder, option, mode) : open_to_others;
}

bool needs_overlay(const Pipeline& pipeline, const std::vector<PlannedStage>& planned) {
  for (size_t i = 0; i < planned.size(); ++i) {
    if (runs_here(planned[i].action) && pipeline.stages[i].type->kind == StageKind::kLayer &&
        !pipeline.stages[i].from.empty())
      return true;
  }
  return false;
}

}  // namespace

std::string exposed(const std::string& folder, const std::string& option) {
  for (const PathExposure& found : exposures_of(folder))
    if (found.exposure == Exposure::kToOthers)
      return found.how + ", so " + folder + " is no place for what root uses: close it, or give " +
             "another place with " + option;
  return "";
}

void check_own_folders(const Settings& settings) {
  if (geteuid() != 0) return;
  for (const auto& [folder, option] :
       {std::pair{settings.cache_dir, "--cache-dir"}, std::pair{settings.state_dir, "--state-dir"}})
    if (const std::string trouble = exposed(folder, option); !trouble.empty()) throw Error(trouble);
}

void check_host(Session& session, const Settings& settings,
                const std::vector<PlannedStage>& planned, EventSink& sink) {
  session.machines().check_ownership(session.pipeline());
  if (geteuid() != 0)
    throw Error("baking needs root: stages mount file systems and set owners. Try: sudo baker …");
  std::vector<std::string> troubles;
  auto note = [&troubles](const std::string& trouble) {
    if (!trouble.empty()) troubles.push_back(trouble);
  };
  note(missing_programs(session.pipeline(), planned));
  tell_owners({settings.cache_dir, settings.state_dir, settings.machines_dir, settings.nspawn_dir},
              sink);
  note(unwritable(session.store().folder(), "--cache-dir"));
  note(unwritable(session.state_folder(), "--state-dir"));
  for (size_t i = 0; i < planned.size(); ++i) {
    if (session.pipeline().stages[i].type->kind != StageKind::kHost ||
        planned[i].action == StageAction::kNothing)
      continue;
    note(unusable(settings.machines_dir, "--machines-dir", 0700));
    note(unusable(settings.nspawn_dir, "--nspawn-dir", 0755));
    break;
  }
  if (troubles.empty()) {
    session.store().prepare();
    if (needs_overlay(session.pipeline(), planned))
      note(why_no_layers(session.store(), own_program("baker-stage-runner")));
  }
  if (!troubles.empty()) throw Error(join(troubles, "\n"));
}

}  // namespace baker
