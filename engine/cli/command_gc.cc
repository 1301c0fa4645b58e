// baker gc: removes from the store what nobody uses.
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/kept_store.h"
#include "engine/io/files.h"
#include "engine/pipeline/host_settings.h"
#include "engine/report/printable.h"
#include "engine/upkeep/collect.h"
#include "engine/upkeep/share_bytes.h"

#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

CollectSettings collect_settings(const Settings& settings) {
  const CacheSettings host = read_host_settings().cache;
  const std::optional<unsigned> days = settings.keep_days;
  return {.keep_seconds = days.value_or(host.keep_days) * kSecondsOfADay,
          .most_bytes = settings.max_size ? settings.max_size : host.max_size,
          .downloads = host.downloads,
          .keep_download_seconds = days.value_or(host.keep_download_days) * kSecondsOfADay,
          .dry_run = settings.dry_run};
}

void print_json(const Collected& collected, const SharedBytes& shared, bool dry_run) {
  const nlohmann::json all = {{"dry-run", dry_run},
                              {"records", collected.records},
                              {"layers", collected.layers},
                              {"downloads", collected.downloads},
                              {"merged-roots", collected.roots},
                              {"bytes", collected.bytes},
                              {"bytes-left", collected.bytes_left},
                              {"bytes-shared", shared.bytes}};
  std::printf("%s\n", all.dump().c_str());
}

std::string counted(std::size_t number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

void print_text(const Collected& collected, const SharedBytes& shared,
                const CollectSettings& settings) {
  std::printf("%s %s and %s, %s; %s stay\n", settings.dry_run ? "would remove" : "removed",
              counted(collected.layers, "layer").c_str(),
              counted(collected.downloads, "download").c_str(),
              human_bytes(collected.bytes).c_str(), human_bytes(collected.bytes_left).c_str());
  if (shared.files > 0)
    std::printf("%s of equal content now lie on the disk once: %s\n",
                counted(shared.files, "file").c_str(), human_bytes(shared.bytes).c_str());
  if (settings.most_bytes && collected.bytes_left > *settings.most_bytes)
    std::printf("that is more than %s: what stays is used, or was a short while ago\n",
                human_bytes(*settings.most_bytes).c_str());
}

}  // namespace

int command_gc(const Settings& settings) {
  const std::unique_ptr<FileOps> files = real_file_ops();
  Store store(absolute_path(settings.cache_dir), *files);
  check_kept_store(store, "gc");
  const CollectSettings how = collect_settings(settings);
  const Collected collected = collect(store, *files, how);
  const SharedBytes shared = settings.dry_run ? SharedBytes{} : share_bytes(store);
  if (settings.json)
    print_json(collected, shared, settings.dry_run);
  else
    print_text(collected, shared, how);
  for (const std::string& trouble : collected.troubles)
    std::fprintf(stderr, "baker: %s\n", printable(trouble).c_str());
  return collected.troubles.empty() ? 0 : 1;
}

}  // namespace baker
