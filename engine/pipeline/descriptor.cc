#include "engine/pipeline/descriptor.h"

#include "engine/io/files.h"
#include "engine/pipeline/option_check.h"
#include "engine/pipeline/toml_value.h"

#include <algorithm>
#include <map>

namespace baker {
namespace {

const std::map<std::string, OptionType>& option_types() {
  static const std::map<std::string, OptionType> types = {
      {"string", OptionType::kString},   {"integer", OptionType::kInteger},
      {"boolean", OptionType::kBoolean}, {"path", OptionType::kPath},
      {"list", OptionType::kList},       {"map", OptionType::kMap},
      {"table", OptionType::kTable}};
  return types;
}

std::string name_of(OptionType type) {
  for (const auto& [name, each] : option_types()) {
    if (each == type) return name;
  }
  return "";
}

OptionType read_type(TableReader& reader, const std::string& key, OptionType otherwise,
                     Diagnostics& diagnostics) {
  std::optional<std::string> name = reader.string(key);
  if (!name) return otherwise;
  auto found = option_types().find(*name);
  if (found != option_types().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [each, type] : option_types()) names.push_back(each);
  diagnostics.add(reader.key_position(key), "unknown option type \"" + *name + "\"",
                  suggestion(*name, names));
  return otherwise;
}

std::vector<OptionSchema> read_options(const toml::table& table, Diagnostics& diagnostics);

std::optional<Form> read_form(TableReader& reader, const std::string& key,
                              Diagnostics& diagnostics) {
  const std::optional<std::string> name = reader.string(key);
  if (!name) return std::nullopt;
  const std::optional<Form> form = form_named(*name);
  if (!form)
    diagnostics.add(reader.key_position(key), "unknown form \"" + *name + "\"",
                    suggestion(*name, form_names()));
  return form;
}

// An option that the descriptor speaks of must be there.
void check_named(const std::vector<OptionSchema>& options, const std::string& key,
                 const std::string& option, Position at, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const OptionSchema& each : options) names.push_back(each.name);
  if (std::ranges::find(names, option) != names.end()) return;
  diagnostics.add(at, "\"" + key + "\" names no option: \"" + option + "\"",
                  suggestion(option, names));
}

// Lists of names of options that stand beside each other.
std::vector<std::vector<std::string>> read_groups(TableReader& reader, const std::string& key,
                                                  const std::vector<OptionSchema>& options,
                                                  Diagnostics& diagnostics) {
  std::vector<std::vector<std::string>> groups;
  const toml::node* node = reader.node(key);
  if (node == nullptr) return groups;
  const Value value = to_value(*node, diagnostics);
  const auto is_name = [](const Value& each) { return each.string() != nullptr; };
  for (const Value& group : value.list() ? *value.list() : Value::List{value}) {
    if (!group.list() || !std::ranges::all_of(*group.list(), is_name)) {
      diagnostics.add(position_of(*node), "\"" + key + "\" takes lists of names of options, as " +
                                              "[[\"run\", \"file\"]]");
      continue;
    }
    groups.emplace_back();
    for (const Value& name : *group.list()) {
      check_named(options, key, *name.string(), position_of(*node), diagnostics);
      groups.back().push_back(*name.string());
    }
  }
  return groups;
}

Rules read_rules(TableReader& reader, const std::vector<OptionSchema>& options,
                 Diagnostics& diagnostics) {
  return {read_groups(reader, "exactly-one", options, diagnostics),
          read_groups(reader, "at-least-one", options, diagnostics)};
}

OptionSchema read_option(const std::string& name, const toml::table& table,
                         Diagnostics& diagnostics) {
  TableReader reader(table, "option \"" + name + "\"", diagnostics);
  OptionSchema schema;
  schema.name = name;
  schema.type = read_type(reader, "type", OptionType::kString, diagnostics);
  schema.element = read_type(reader, "of", OptionType::kString, diagnostics);
  schema.required = reader.boolean("required").value_or(false);
  schema.is_private = reader.boolean("private").value_or(false);
  schema.literal = reader.boolean("literal").value_or(false);
  schema.resolving = reader.boolean("resolving").value_or(false);
  schema.help = reader.string("help").value_or("");
  schema.choices = reader.strings("choices").value_or(std::vector<std::string>{});
  schema.pattern = reader.string("pattern").value_or("");
  if (!schema.pattern.empty()) {
    schema.compiled_pattern = make_pattern(schema.pattern);
    if (!schema.compiled_pattern) {
      diagnostics.add(reader.key_position("pattern"),
                      "\"" + schema.pattern + "\" is not a regular expression");
    }
  }
  schema.form = read_form(reader, "form", diagnostics);
  schema.key_form = read_form(reader, "key-form", diagnostics);
  schema.needs = reader.strings("needs").value_or(std::vector<std::string>{});
  schema.minimum = reader.integer("minimum");
  schema.maximum = reader.integer("maximum");
  if (const toml::node* node = reader.node("default"))
    schema.default_value = to_value(*node, diagnostics);
  if (const toml::table* fields = reader.table("option"))
    schema.fields = read_options(*fields, diagnostics);
  schema.rules = read_rules(reader, schema.fields, diagnostics);
  reader.finish();
  return schema;
}

std::vector<OptionSchema> read_options(const toml::table& table, Diagnostics& diagnostics) {
  std::vector<OptionSchema> options;
  for (const auto& [key, node] : table) {
    if (const auto* option = node.as_table()) {
      options.push_back(read_option(std::string(key.str()), *option, diagnostics));
    } else {
      diagnostics.add(position_of(node),
                      "option \"" + std::string(key.str()) + "\" must be a table");
    }
  }
  std::ranges::sort(options, {}, &OptionSchema::name);
  for (const OptionSchema& option : options)
    for (const std::string& needed : option.needs)
      check_named(options, "needs", needed, position_of(*table.get(option.name)), diagnostics);
  return options;
}

std::map<std::string, std::string> read_programs(TableReader& reader, Diagnostics& diagnostics) {
  std::map<std::string, std::string> programs;
  const toml::table* table = reader.table("programs");
  if (!table) return programs;
  for (const auto& [program, package] : *table) {
    if (const auto* text = package.as_string()) {
      programs[std::string(program.str())] = text->get();
    } else {
      diagnostics.add(position_of(package), "a program is given as name = \"Debian package\"");
    }
  }
  return programs;
}

template <typename Enum>
Enum read_choice(TableReader& reader, const std::string& key,
                 const std::map<std::string, Enum>& choices, Enum otherwise,
                 Diagnostics& diagnostics) {
  std::optional<std::string> word = reader.string(key);
  if (!word) return otherwise;
  auto found = choices.find(*word);
  if (found != choices.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  diagnostics.add(reader.key_position(key), "\"" + key + "\" can't be \"" + *word + "\"",
                  suggestion(*word, names));
  return otherwise;
}

std::optional<Descriptor::Resolve> read_resolve(TableReader& reader, Diagnostics& diagnostics) {
  const toml::table* table = reader.table("resolve");
  if (!table) return std::nullopt;
  TableReader inner(*table, "[resolve]", diagnostics);
  Descriptor::Resolve resolve;
  resolve.root = inner.boolean("root").value_or(false);
  resolve.options = inner.strings("options").value_or(std::vector<std::string>{});
  resolve.programs = read_programs(inner, diagnostics);
  inner.finish();
  return resolve;
}

bool has_resolving(const OptionSchema& option) {
  return option.resolving || std::ranges::any_of(option.fields, has_resolving);
}

void check_resolving(const Descriptor& descriptor, Diagnostics& diagnostics) {
  for (const OptionSchema& option : descriptor.options) {
    const bool is_listed =
        descriptor.resolve && std::ranges::find(descriptor.resolve->options, option.name) !=
                                  descriptor.resolve->options.end();
    if (has_resolving(option) && !is_listed)
      diagnostics.add({1, 1}, "option \"" + option.name + "\" says `resolving`",
                      "only an input of an option that [resolve] lists can");
  }
}

}  // namespace

std::string OptionSchema::type_text() const {
  std::string text = name_of(type);
  if (type == OptionType::kList || type == OptionType::kMap) text += " of " + name_of(element);
  return text;
}

const OptionSchema* Descriptor::option(const std::string& name) const {
  auto found = std::ranges::lower_bound(options, name, {}, &OptionSchema::name);
  return found != options.end() && found->name == name ? &*found : nullptr;
}

std::string_view kind_name(StageKind kind) {
  return kind == StageKind::kLayer ? "layer" : kind == StageKind::kHost ? "host" : "probe";
}

Descriptor read_descriptor(const std::string& file, const std::string& type) {
  const toml::table table = parse_toml(read_file(file), file);
  Diagnostics diagnostics(file);
  TableReader reader(table, "the descriptor", diagnostics);
  Descriptor descriptor;
  descriptor.type = type;
  descriptor.kind = read_choice<StageKind>(
      reader, "kind",
      {{"layer", StageKind::kLayer}, {"host", StageKind::kHost}, {"probe", StageKind::kProbe}},
      StageKind::kLayer, diagnostics);
  descriptor.at_up = read_choice<bool>(reader, "when", {{"run", false}, {"up", true}},
                                       descriptor.kind == StageKind::kProbe, diagnostics);
  if (descriptor.at_up != (descriptor.kind == StageKind::kProbe) &&
      descriptor.kind != StageKind::kHost) {
    diagnostics.add(reader.key_position("when"), "only a host stage says `when` it runs",
                    "layers are baked at run, probes wait at up");
  }
  descriptor.summary = reader.string("summary").value_or("");
  descriptor.root = read_choice<RootNeed>(reader, "from",
                                          {{"required", RootNeed::kRequired},
                                           {"optional", RootNeed::kOptional},
                                           {"forbidden", RootNeed::kForbidden}},
                                          RootNeed::kOptional, diagnostics);
  descriptor.reproducible = reader.boolean("reproducible").value_or(true);
  descriptor.remote = reader.boolean("remote").value_or(descriptor.reproducible);
  descriptor.timeout_seconds = reader.integer("timeout").value_or(descriptor.timeout_seconds);
  descriptor.claim = reader.string("claim").value_or("");
  descriptor.programs = read_programs(reader, diagnostics);
  descriptor.resolve = read_resolve(reader, diagnostics);
  if (const toml::table* options = reader.table("option"))
    descriptor.options = read_options(*options, diagnostics);
  descriptor.rules = read_rules(reader, descriptor.options, diagnostics);
  check_defaults(descriptor.options, diagnostics);
  reader.finish();
  if (!descriptor.claim.empty())
    check_named(descriptor.options, "claim", descriptor.claim, reader.key_position("claim"),
                diagnostics);
  check_resolving(descriptor, diagnostics);
  if (descriptor.resolve) {
    for (const std::string& option : descriptor.resolve->options)
      check_named(descriptor.options, "options", option, reader.key_position("resolve"),
                  diagnostics);
  }
  diagnostics.throw_if_any();
  return descriptor;
}

}  // namespace baker
