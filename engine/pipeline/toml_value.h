// From toml++ to Value, and a reader of tables that notices keys nobody asked for. The only
// header that names toml++.
#pragma once

#include "engine/pipeline/diagnostic.h"
#include "engine/pipeline/value.h"

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <optional>
#include <string>
#include <vector>

namespace baker {

inline Position position_of(const toml::node& node) {
  return {node.source().begin.line, node.source().begin.column};
}

// Throws Error (kInvalid) with file, line and column; `text` is the content of `file`.
toml::table parse_toml(const std::string& text, const std::string& file);

// Strings, integers, booleans, lists and tables; anything else (a float, a date) is a diagnostic.
Value to_value(const toml::node& node, Diagnostics& diagnostics);

// One table that is read key by key. What was not read by the end is unknown.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string what, Diagnostics& diagnostics);

  Position at() const { return position_of(table_); }
  Position key_position(const std::string& key) const;
  // Absent keys give nothing; a key of another type is a diagnostic and gives nothing.
  std::optional<std::string> string(const std::string& key);
  std::optional<std::int64_t> integer(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  const toml::table* table(const std::string& key);
  std::optional<std::vector<std::string>> strings(const std::string& key);
  const toml::node* node(const std::string& key);
  void finish();  // says which keys are unknown

 private:
  void wrong_type(const std::string& key, const toml::node& node, std::string_view wanted);

  const toml::table& table_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::vector<std::string> known_;
};

}  // namespace baker
