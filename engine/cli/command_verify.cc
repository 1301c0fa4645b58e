// baker verify: looks whether the store still holds what was baked.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/kept_store.h"
#include "engine/cli/named_state.h"
#include "engine/cli/rebuild.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/report/printable.h"
#include "engine/upkeep/verify.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

constexpr int kInterrupted = 130;  // as in `baker help exit-codes`

// Others come first, for processors and for the disk. The numbers are those of ioprio_set(2), whose
// header C++ can't read.
void give_way() {
  constexpr int kOfAProcess = 1, kOnlyWhenIdle = 3 << 13;
  setpriority(PRIO_PROCESS, 0, 19);
  syscall(SYS_ioprio_set, kOfAProcess, 0, kOnlyWhenIdle);
}

std::set<std::string> keys_of_pipeline(const Settings& settings) {
  std::set<std::string> keys;
  for (const auto& [name, stage] : find_state(settings).state.stages) keys.insert(stage.key);
  return keys;
}

void show(const VerifyProgress& progress) {
  std::fprintf(stderr, "\r%zu of %zu ", progress.done, progress.all);
  if (progress.done == progress.all) std::fputs("\r\x1b[K", stderr);
}

void print(const nlohmann::json& line) {
  std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

nlohmann::json to_json(const Verified& verified) {
  nlohmann::json damages = nlohmann::json::array();
  for (const Damage& damage : verified.damages)
    damages.push_back({{"what", damage.what},
                       {"how", damage.how},
                       {"machines", damage.machines},
                       {"baked-again", damage.is_baked_again}});
  return {{"pipelines", verified.pipelines},
          {"records", verified.records},
          {"layers", verified.layers},
          {"downloads", verified.downloads},
          {"merged-roots", verified.roots},
          {"interrupted", verified.interrupted},
          {"damages", damages}};
}

void print(const Damage& damage) {
  std::printf("%s is damaged%s\n", printable(damage.what).c_str(),
              damage.is_baked_again ? ", and is baked or fetched again when it is needed" : "");
  for (const std::string& how : damage.how) std::printf("  %s\n", printable(how).c_str());
  for (const std::string& machine : damage.machines)
    std::printf("  machine \"%s\" was made from it: run its pipeline, and replace it\n",
                printable(machine).c_str());
  std::fflush(stdout);
}

void print_sum(const Verified& verified, bool deep) {
  std::printf("%zu records, %zu layers and %zu downloads looked at%s: ", verified.records,
              verified.layers, verified.downloads, deep ? "" : ", without their content (--deep)");
  if (verified.damages.empty())
    std::printf("all as it should be\n");
  else
    std::printf("%zu damaged\n", verified.damages.size());
  if (verified.interrupted)
    std::printf("interrupted%s\n", deep ? ": --deep goes on from here the next time" : "");
}

int verify_by_baking(Settings settings) {
  if (settings.pipeline.empty())
    throw Error(ErrorCode::kInvalid, "--rebuild bakes a pipeline again: name it");
  settings.pipeline = pipeline_file(settings, true);
  const std::vector<RebuiltStage> stages = rebuild(settings);
  const auto differing = std::ranges::count_if(
      stages, [](const RebuiltStage& stage) { return !stage.differences.empty(); });
  if (settings.json) {
    nlohmann::json all = nlohmann::json::object();
    for (const RebuiltStage& stage : stages) all[stage.name] = stage.differences;
    print(nlohmann::json{{"rebuilt", std::move(all)}});
  } else {
    for (const RebuiltStage& stage : stages) {
      std::printf("%s: %s\n", stage.name.c_str(),
                  stage.differences.empty() ? "the same" : "it differs");
      for (const std::string& how : stage.differences)
        std::printf("  %s\n", printable(how).c_str());
    }
    std::printf("%zu layers baked again: %td differ\n", stages.size(), differing);
  }
  return differing == 0 ? 0 : 1;
}

}  // namespace

int command_verify(const Settings& settings) {
  if (settings.rebuild) return verify_by_baking(settings);
  if (!settings.stages.empty())
    throw Error(ErrorCode::kInvalid, "verify looks at a whole pipeline: stages go with --rebuild");
  const std::unique_ptr<FileOps> files = real_file_ops();
  Store store(absolute_path(settings.cache_dir), *files);
  check_kept_store(store, "verify");
  const UniqueFd interrupt = interrupt_descriptor();
  give_way();
  VerifySettings how{.depth = settings.deep ? CheckDepth::kContent : CheckDepth::kAttributes,
                     .interrupt_fd = interrupt.get()};
  if (!settings.pipeline.empty()) how.keys = keys_of_pipeline(settings);
  const bool is_watched = isatty(STDERR_FILENO) != 0 && !settings.json;
  const Verified verified = verify(store, how,
                                   {.on_progress =
                                        [is_watched](const VerifyProgress& progress) {
                                          if (is_watched) show(progress);
                                        },
                                    .on_damage =
                                        [&settings](const Damage& damage) {
                                          if (!settings.json) print(damage);
                                        }});
  if (settings.json)
    print(to_json(verified));
  else
    print_sum(verified, settings.deep);
  if (!verified.damages.empty()) return 1;
  return verified.interrupted ? kInterrupted : 0;
}

}  // namespace baker
