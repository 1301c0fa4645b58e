// The names that `${…}` knows, and the replacing.
#pragma once

#include "engine/pipeline/diagnostic.h"
#include "engine/pipeline/value.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

class Scope {
 public:
  // Names of `values` hide those of `outer`, which must outlive this scope.
  explicit Scope(std::map<std::string, Value> values, const Scope* outer = nullptr)
      : values_(std::move(values)), outer_(outer) {}

  const Value* find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, Value> values_;
  const Scope* outer_;
};

// Replaces every `${name}`; `$${` is a literal `${`. An unknown name or a missing brace is a
// diagnostic at `at`.
std::string interpolate(const std::string& text, const Scope& scope, Position at,
                        Diagnostics& diagnostics);

// The name, where `text` is exactly `${name}`.
std::optional<std::string> single_reference(std::string_view text);

// A string that is exactly `${name}` becomes the value with its type; other strings, in lists and
// tables too, are interpolated.
Value interpolate_value(const Value& value, const Scope& scope, Diagnostics& diagnostics);

// What a for-each runs over: a range "1..3" (both ends count, empty where the end is lower) or a
// list. Mistakes are diagnostics.
std::vector<Value> for_each_values(const Value& written, const Scope& scope,
                                   Diagnostics& diagnostics);

}  // namespace baker
