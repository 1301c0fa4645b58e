#include "engine/pipeline/scope.h"

#include <fmt/core.h>

#include <charconv>

namespace baker {
namespace {

constexpr std::uint64_t kMostRepeats = 100'000;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const Value* look_up(const std::string& name, const Scope& scope, Position at,
                     Diagnostics& diagnostics) {
  const Value* value = scope.find(name);
  if (!value) diagnostics.add(at, "undefined \"${" + name + "}\"", suggestion(name, scope.names()));
  return value;
}

std::vector<Value> range_values(const std::string& text, Position at, Diagnostics& diagnostics) {
  const size_t dots = text.find("..");
  std::optional<std::int64_t> first, last;
  if (dots != std::string::npos) {
    first = number_of(std::string_view(text).substr(0, dots));
    last = number_of(std::string_view(text).substr(dots + 2));
  }
  if (!first || !last) {
    diagnostics.add(at, "\"" + text + "\" is not something to repeat for",
                    "a range like \"1..3\", or a list");
    return {};
  }
  if (*last < *first) return {};
  // Unsigned, as the distance between two signed numbers may not fit a signed one.
  const std::uint64_t steps =
      static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first);
  if (steps >= kMostRepeats) {
    diagnostics.add(at, fmt::format("\"{}\" repeats more than {} times", text, kMostRepeats));
    return {};
  }
  std::vector<Value> values;
  for (std::uint64_t i = 0; i <= steps; ++i)
    values.emplace_back(*first + static_cast<std::int64_t>(i), at);
  return values;
}

}  // namespace

const Value* Scope::find(const std::string& name) const {
  auto found = values_.find(name);
  if (found != values_.end()) return &found->second;
  return outer_ ? outer_->find(name) : nullptr;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) names.push_back(name);
  if (outer_) {
    for (std::string& name : outer_->names()) names.push_back(std::move(name));
  }
  return names;
}

std::optional<std::string> single_reference(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with("}")) return std::nullopt;
  std::string_view name = text.substr(2, text.size() - 3);
  if (name.find_first_of("${}") != std::string_view::npos) return std::nullopt;
  return std::string(name);
}

std::string interpolate(const std::string& text, const Scope& scope, Position at,
                        Diagnostics& diagnostics) {
  if (text.find("${") == std::string::npos) return text;
  std::string result;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      result += "${";
      i += 3;
    } else if (text.compare(i, 2, "${") == 0) {
      const size_t end = text.find('}', i);
      if (end == std::string::npos) {
        diagnostics.add(at, "\"${\" without \"}\"", "a literal \"${\" is written \"$${\"");
        return result;
      }
      const Value* value = look_up(text.substr(i + 2, end - i - 2), scope, at, diagnostics);
      if (value) result += value->plain();
      i = end + 1;
    } else {
      result += text[i++];
    }
  }
  return result;
}

Value interpolate_value(const Value& value, const Scope& scope, Diagnostics& diagnostics) {
  if (const std::string* text = value.string()) {
    if (std::optional<std::string> name = single_reference(*text)) {
      const Value* found = look_up(*name, scope, value.at(), diagnostics);
      Value replaced = found ? *found : Value(std::string());
      replaced.set_at(value.at());
      return replaced;
    }
    return {interpolate(*text, scope, value.at(), diagnostics), value.at()};
  }
  if (const Value::List* list = value.list()) {
    Value::List replaced;
    for (const Value& each : *list) replaced.push_back(interpolate_value(each, scope, diagnostics));
    return {std::move(replaced), value.at()};
  }
  if (const Value::Map* map = value.map()) {
    Value::Map replaced;
    for (const auto& [key, each] : *map) {
      replaced.emplace(interpolate(key, scope, each.at(), diagnostics),
                       interpolate_value(each, scope, diagnostics));
    }
    return {std::move(replaced), value.at()};
  }
  return value;
}

std::vector<Value> for_each_values(const Value& written, const Scope& scope,
                                   Diagnostics& diagnostics) {
  const Value value = interpolate_value(written, scope, diagnostics);
  if (const std::string* text = value.string()) return range_values(*text, value.at(), diagnostics);
  if (const Value::List* list = value.list()) {
    for (const Value& each : *list) {
      if (each.list() || each.map())
        diagnostics.add(each.at(), "for-each takes a list of strings or integers");
    }
    return *list;
  }
  diagnostics.add(value.at(), "for-each takes a range like \"1..3\" or a list, not " +
                                  std::string(value.type_name()));
  return {};
}

}  // namespace baker
