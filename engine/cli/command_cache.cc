// baker cache: what the store holds, and for whom.
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/kept_store.h"
#include "engine/io/files.h"
#include "engine/report/printable.h"
#include "engine/upkeep/overview.h"

#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

std::string age(std::int64_t seconds) {
  constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
  if (seconds < kHour) return "less than an hour ago";
  if (seconds < 2 * kDay) return fmt::format("{} h ago", seconds / kHour);
  return fmt::format("{} days ago", seconds / kDay);
}

void print_text(const Overview& overview) {
  std::printf("%-9s %8s  %s\n", "", human_bytes(overview.bytes).c_str(),
              printable(overview.folder).c_str());
  auto line = [](const char* what, const HeldBytes& held) {
    std::printf("%-9s %8s  %zu\n", what, human_bytes(held.bytes).c_str(), held.number);
  };
  line("layers", overview.layers);
  line("downloads", overview.downloads);
  line("unused", overview.unused);
  for (const OverviewOfUse& use : overview.uses)
    std::printf("%-9s %8s  %s, %s\n", printable(use.pipeline).c_str(),
                human_bytes(use.bytes).c_str(), printable(use.state).c_str(),
                age(use.seconds_since).c_str());
}

nlohmann::json to_json(const HeldBytes& held) {
  return {{"number", held.number}, {"bytes", held.bytes}};
}

void print_json(const Overview& overview) {
  nlohmann::json uses = nlohmann::json::array();
  for (const OverviewOfUse& use : overview.uses)
    uses.push_back({{"pipeline", use.pipeline},
                    {"state", use.state},
                    {"bytes", use.bytes},
                    {"seconds-since", use.seconds_since}});
  const nlohmann::json all = {
      {"cache", overview.folder},           {"bytes", overview.bytes},
      {"layers", to_json(overview.layers)}, {"downloads", to_json(overview.downloads)},
      {"unused", to_json(overview.unused)}, {"pipelines", uses}};
  std::printf("%s\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int command_cache(const Settings& settings) {
  const std::unique_ptr<FileOps> files = real_file_ops();
  const Store store(absolute_path(settings.cache_dir), *files);
  check_kept_store(store, "cache");
  const Overview overview = overview_of(store);
  if (settings.json)
    print_json(overview);
  else
    print_text(overview);
  return 0;
}

}  // namespace baker
