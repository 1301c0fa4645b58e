#include "engine/cli/rebuild.h"

#include "cache/layer_check.h"
#include "engine/base/error.h"
#include "engine/cli/bake.h"
#include "engine/cli/kept_store.h"
#include "engine/cli/preflight.h"
#include "engine/cli/reporting.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <sys/stat.h>

#include <cstdlib>

namespace baker {
namespace {

// Nothing of this may be seen in a layer.
void be_another_host(const std::string& temporary) {
  make_directories(temporary, 0700);
  umask(0077);
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"TMPDIR", temporary},
                                    {"LC_ALL", "tr_TR.UTF-8"},
                                    {"LANG", "tr_TR.UTF-8"},
                                    {"TZ", "Pacific/Kiritimati"}})
    if (setenv(name, value.c_str(), 1) != 0) throw system_error("setting " + std::string(name));
}

Settings settings_elsewhere(const Settings& settings, const std::string& folder) {
  Settings elsewhere = settings;
  elsewhere.cache_dir = folder + "/cache";
  elsewhere.state_dir = folder + "/state";
  elsewhere.machines_dir = folder + "/machines";
  elsewhere.nspawn_dir = folder + "/nspawn";
  elsewhere.locked = true;
  elsewhere.jobs = 1;
  return elsewhere;
}

std::vector<bool> wanted_layers(const Session& session, const std::vector<std::string>& names) {
  std::vector<bool> wanted = session.stages_named(names);
  for (size_t i = 0; i < wanted.size(); ++i)
    wanted[i] = wanted[i] && session.pipeline().stages[i].type->kind == StageKind::kLayer;
  return wanted;
}

void check_baked(const Session& session, const std::vector<PlannedStage>& planned,
                 const std::vector<bool>& wanted, const Settings& settings) {
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] && !planned[i].layer)
      throw Error("stage " + session.pipeline().stages[i].name +
                  " is not in the cache, so there is nothing to compare with; bake it first: " +
                  command_line(settings.invocation, "run"));
}

}  // namespace

std::vector<RebuiltStage> rebuild(const Settings& settings) {
  Session kept(settings);
  check_kept_store(kept.store(), "verify --rebuild");
  kept.store().begin_use();
  const std::vector<PlannedStage> baked = kept.planner().plan();
  const std::vector<bool> wanted = wanted_layers(kept, settings.stages);
  check_baked(kept, baked, wanted, settings);

  const WorkFolder folder = kept.store().make_work_folder();
  const Settings elsewhere = settings_elsewhere(settings, folder.path());
  be_another_host(folder.path() + "/temporary");
  const std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(elsewhere, std::make_unique<Session>(elsewhere), *sink);
  Session& again = bake.session();
  const std::vector<PlannedStage> planned = again.planner().plan();
  check_host(again, elsewhere, planned, *sink);
  bake.bake_layers(planned, wanted);

  std::vector<RebuiltStage> stages;
  const std::vector<PlannedStage> made = again.planner().plan();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    RebuiltStage stage{.name = kept.pipeline().stages[i].name};
    if (*made.at(i).layer != *baked[i].layer)
      stage.differences = differences_of_layers(kept.store().layer_path(*baked[i].layer),
                                                again.store().layer_path(*made[i].layer));
    stages.push_back(std::move(stage));
  }
  return stages;
}

}  // namespace baker
