// baker doctor: what this host has and lacks, and what follows from it.
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/programs.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/plugin/catalogue.h"
#include "engine/report/printable.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

const char* word_for(Health health) {
  static constexpr const char* kWords[] = {"ok", "limited", "lacking"};
  return kWords[static_cast<size_t>(health)];
}

std::map<std::string, std::string> programs_of_stages(const Settings& settings) {
  std::map<std::string, std::string> programs = {{"bwrap", "bubblewrap"}};
  Catalogue catalogue(plugin_folders(settings.plugin_dirs));
  for (const std::string& name : catalogue.names()) {
    const Descriptor* type = catalogue.find(name);
    if (type == nullptr) continue;
    programs.insert(type->programs.begin(), type->programs.end());
    if (type->resolve)
      programs.insert(type->resolve->programs.begin(), type->resolve->programs.end());
  }
  return programs;
}

void print(const Finding& finding) {
  std::printf("%-8s %-11s %s\n", word_for(finding.health), printable(finding.topic).c_str(),
              printable(finding.what).c_str());
  constexpr const char* kIndent = "                     ";
  if (!finding.follows.empty()) std::printf("%s%s\n", kIndent, printable(finding.follows).c_str());
  if (!finding.remedy.empty())
    std::printf("%sremedy: %s\n", kIndent, printable(finding.remedy).c_str());
}

nlohmann::json to_json(const Finding& finding) {
  return {{"health", word_for(finding.health)},
          {"topic", finding.topic},
          {"what", finding.what},
          {"follows", finding.follows},
          {"remedy", finding.remedy}};
}

}  // namespace

int command_doctor(const Settings& settings) {
  const std::vector<Finding> findings = examine_host(
      {.places = {absolute_path(settings.machines_dir), absolute_path(settings.nspawn_dir),
                  absolute_path(settings.state_dir), absolute_path(settings.cache_dir)},
       .runner = own_program("baker-stage-runner"),
       .programs = programs_of_stages(settings)});
  const auto worst = std::ranges::max(findings, {}, &Finding::health).health;
  if (settings.json) {
    nlohmann::json all = nlohmann::json::array();
    for (const Finding& finding : findings) all.push_back(to_json(finding));
    std::printf("%s\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    for (const Finding& finding : findings) print(finding);
    std::printf("%s\n", worst == Health::kObstacle  ? "this host can't bake as it is"
                        : worst == Health::kLimited ? "this host can bake; what it lacks is above"
                                                    : "this host can bake and start machines");
  }
  return worst == Health::kObstacle ? 1 : 0;
}

}  // namespace baker
