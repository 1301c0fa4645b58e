#define TOML_IMPLEMENTATION
#include "engine/pipeline/toml_value.h"

#include "engine/pipeline/key_depth.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

// The library's words, without its greeting.
std::string mistake_in(const toml::parse_error& error) {
  constexpr std::string_view kGreeting = "Error while parsing ";
  std::string_view words = error.description();
  if (words.starts_with(kGreeting)) words.remove_prefix(kGreeting.size());
  return "not TOML: " + std::string(words);
}

std::string hint_for(const toml::parse_error& error) {
  const bool twice = error.description().find("cannot redefine") != std::string_view::npos;
  return twice ? "every name is used once" : "";
}

// No path, no command line and no file of settings can hold it.
void check_text(std::string_view text, Position at, Diagnostics& diagnostics) {
  if (text.find('\0') != std::string_view::npos)
    diagnostics.add(at, "text can't contain a NUL character");
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& file) {
  if (const std::optional<Position> deep = key_that_is_too_deep(text)) {
    Diagnostics diagnostics(file);
    diagnostics.add(*deep, fmt::format("a key of more than {} parts", kMostKeyParts));
    diagnostics.throw_if_any();
  }
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    Diagnostics diagnostics(file);
    diagnostics.add({error.source().begin.line, error.source().begin.column}, mistake_in(error),
                    hint_for(error));
    diagnostics.throw_if_any();
    throw;
  }
}

Value to_value(const toml::node& node, Diagnostics& diagnostics) {
  const Position at = position_of(node);
  if (const auto* text = node.as_string()) {
    check_text(text->get(), at, diagnostics);
    return {text->get(), at};
  }
  if (const auto* number = node.as_integer()) return {number->get(), at};
  if (const auto* truth = node.as_boolean()) return {truth->get(), at};
  if (const auto* array = node.as_array()) {
    Value::List list;
    for (const toml::node& each : *array) list.push_back(to_value(each, diagnostics));
    return {std::move(list), at};
  }
  if (const auto* table = node.as_table()) {
    Value::Map map;
    for (const auto& [key, value] : *table) {
      check_text(key.str(), at, diagnostics);
      map.emplace(std::string(key.str()), to_value(value, diagnostics));
    }
    return {std::move(map), at};
  }
  diagnostics.add(at, "a value must be a string, an integer, a boolean, a list or a table",
                  "write it in quotes, as a string");
  return {std::string(), at};
}

TableReader::TableReader(const toml::table& table, std::string what, Diagnostics& diagnostics)
    : table_(table), what_(std::move(what)), diagnostics_(diagnostics) {}

Position TableReader::key_position(const std::string& key) const {
  auto found = table_.find(key);
  if (found == table_.end()) return at();
  return {found->first.source().begin.line, found->first.source().begin.column};
}

const toml::node* TableReader::node(const std::string& key) {
  known_.push_back(key);
  return table_.get(key);
}

void TableReader::wrong_type(const std::string& key, const toml::node& node,
                             std::string_view wanted) {
  diagnostics_.add(position_of(node),
                   "\"" + key + "\" of " + what_ + " must be " + std::string(wanted));
}

std::optional<std::string> TableReader::string(const std::string& key) {
  const toml::node* found = node(key);
  if (!found) return std::nullopt;
  if (const auto* text = found->as_string()) return text->get();
  wrong_type(key, *found, "a string");
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(const std::string& key) {
  const toml::node* found = node(key);
  if (!found) return std::nullopt;
  if (const auto* number = found->as_integer()) return number->get();
  wrong_type(key, *found, "an integer");
  return std::nullopt;
}

std::optional<bool> TableReader::boolean(const std::string& key) {
  const toml::node* found = node(key);
  if (!found) return std::nullopt;
  if (const auto* truth = found->as_boolean()) return truth->get();
  wrong_type(key, *found, "true or false");
  return std::nullopt;
}

const toml::table* TableReader::table(const std::string& key) {
  const toml::node* found = node(key);
  if (!found) return nullptr;
  if (const auto* inner = found->as_table()) return inner;
  wrong_type(key, *found, "a table");
  return nullptr;
}

std::optional<std::vector<std::string>> TableReader::strings(const std::string& key) {
  const toml::node* found = node(key);
  if (!found) return std::nullopt;
  std::vector<std::string> all;
  const auto* array = found->as_array();
  if (array) {
    for (const toml::node& each : *array) {
      if (const auto* text = each.as_string()) all.push_back(text->get());
    }
  }
  if (array && all.size() == array->size()) return all;
  wrong_type(key, *found, "a list of strings");
  return std::nullopt;
}

void TableReader::finish() {
  for (const auto& [key, value] : table_) {
    const std::string name(key.str());
    if (std::ranges::find(known_, name) != known_.end()) continue;
    diagnostics_.add({key.source().begin.line, key.source().begin.column},
                     "unknown key \"" + name + "\" in " + what_, suggestion(name, known_));
  }
}

}  // namespace baker
