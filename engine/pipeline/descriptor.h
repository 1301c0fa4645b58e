// What a stage type's descriptor says (docs/plugin-guide.md). Read without running plugin code.
#pragma once

#include "engine/pipeline/form.h"
#include "engine/pipeline/pattern.h"
#include "engine/pipeline/value.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// Which options of one table go together.
struct Rules {
  std::vector<std::vector<std::string>> exactly_one;
  std::vector<std::vector<std::string>> at_least_one;
};

enum class OptionType { kString, kInteger, kBoolean, kPath, kList, kMap, kTable };

struct OptionSchema {
  std::string name;
  OptionType type = OptionType::kString;
  OptionType element = OptionType::kString;  // of a list, or of a map's values
  bool required = false;
  bool is_private = false;  // shared caches get its digest, not what it says
  bool literal = false;     // `${…}` is not ours to replace
  bool resolving = false;   // an input that only `resolve` and `fetch` read: the pins stand for it
  std::optional<Value> default_value;
  std::string help;
  std::vector<std::string> choices;
  std::string pattern;                              // must match the whole string; empty: anything
  std::shared_ptr<const Pattern> compiled_pattern;  // null: anything
  std::optional<Form> form;                         // of the text, or of each text in a list or map
  std::optional<Form> key_form;                     // of a map's keys
  std::vector<std::string> needs;  // options beside it that have to be given with it
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  std::vector<OptionSchema>
      fields;  // of a table, or of the tables in a list or map; sorted by name

  Rules rules;  // of these fields

  std::string type_text() const;  // "list of string"
};

enum class StageKind { kLayer, kHost, kProbe };
enum class RootNeed { kRequired, kOptional, kForbidden };

struct Descriptor {
  std::string type;
  StageKind kind = StageKind::kLayer;
  bool at_up = false;  // runs when machines are started, not when they are baked
  std::string summary;
  RootNeed root = RootNeed::kOptional;
  bool reproducible = true;
  bool remote = true;  // a layer stage that other hosts can bake as well
  std::int64_t timeout_seconds = 3600;
  std::string claim;  // option that names what a host stage owns; empty: none
  std::map<std::string, std::string> programs;  // Debian package by program, needed to run

  struct Resolve {
    bool root = false;
    std::vector<std::string> options;
    std::map<std::string, std::string> programs;
  };
  std::optional<Resolve> resolve;

  std::vector<OptionSchema> options;  // sorted by name
  Rules rules;
  const OptionSchema* option(const std::string& name) const;
};

std::string_view kind_name(StageKind kind);

// Throws Error (kInvalid) with every mistake in the file.
Descriptor read_descriptor(const std::string& file, const std::string& type);

}  // namespace baker
