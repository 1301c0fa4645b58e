// baker stages: what stage types there are, and what one of them takes.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/programs.h"
#include "engine/plugin/catalogue.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

void print_options(const std::vector<OptionSchema>& options, const std::string& indent) {
  for (const OptionSchema& option : options) {
    std::printf("%s%s  (%s%s)\n", indent.c_str(), option.name.c_str(), option.type_text().c_str(),
                option.required ? ", required" : "");
    if (!option.help.empty()) std::printf("%s    %s\n", indent.c_str(), option.help.c_str());
    if (option.default_value)
      std::printf("%s    default: %s\n", indent.c_str(), option.default_value->canonical().c_str());
    for (const std::string& choice : option.choices)
      std::printf("%s    one of: %s\n", indent.c_str(), choice.c_str());
    print_options(option.fields, indent + "    ");
  }
}

const char* root_words(const Descriptor& descriptor) {
  static constexpr const char* kRoots[] = {"needs a root (`from`)",
                                           "with or without a root (`from`)",
                                           "an independent layer (no `from`)"};
  return descriptor.at_up ? "acts at every `up`" : kRoots[static_cast<size_t>(descriptor.root)];
}

nlohmann::json to_json(const std::vector<OptionSchema>& options) {
  nlohmann::json all = nlohmann::json::array();
  for (const OptionSchema& option : options) {
    nlohmann::json json = {{"name", option.name},
                           {"type", option.type_text()},
                           {"required", option.required},
                           {"help", option.help}};
    if (option.default_value)
      json["default"] = nlohmann::json::parse(option.default_value->canonical());
    if (!option.choices.empty()) json["choices"] = option.choices;
    if (!option.fields.empty()) json["fields"] = to_json(option.fields);
    all.push_back(std::move(json));
  }
  return all;
}

nlohmann::json to_json(const Descriptor& descriptor) {
  return {{"event", "stage-type"},
          {"type", descriptor.type},
          {"kind", std::string(kind_name(descriptor.kind))},
          {"summary", descriptor.summary},
          {"options", to_json(descriptor.options)},
          {"root", root_words(descriptor)},
          {"timeout", descriptor.timeout_seconds}};
}

void print_type(const Descriptor& descriptor) {
  std::printf("%s: %s\nkind: %s, %s\n\noptions\n", descriptor.type.c_str(),
              descriptor.summary.c_str(), std::string(kind_name(descriptor.kind)).c_str(),
              root_words(descriptor));
  print_options(descriptor.options, "  ");
  std::printf(
      "\nevery stage also takes: uses, from, needs, for-each, timeout (seconds, default %lld)\n",
      static_cast<long long>(descriptor.timeout_seconds));
}

}  // namespace

int command_stages(const Settings& settings) {
  Catalogue catalogue(plugin_folders(settings.plugin_dirs));
  if (!settings.stages.empty()) {
    const std::string& type = settings.stages[0];
    const Descriptor* descriptor = catalogue.find(type);
    if (!descriptor)
      throw Error(ErrorCode::kInvalid, "there is no stage type \"" + type + "\" (" +
                                           suggestion(type, catalogue.names()) + ")");
    if (settings.json) {
      std::puts(to_json(*descriptor).dump().c_str());
    } else {
      print_type(*descriptor);
    }
    return 0;
  }
  for (const std::string& type : catalogue.names()) {
    const Descriptor& descriptor = *catalogue.find(type);
    if (settings.json) {
      std::puts(to_json(descriptor).dump().c_str());
    } else {
      std::printf("%-12s %-6s %s\n", type.c_str(), std::string(kind_name(descriptor.kind)).c_str(),
                  descriptor.summary.c_str());
    }
  }
  return 0;
}

}  // namespace baker
