#include "engine/pipeline/value.h"

#include "engine/base/text.h"

namespace baker {

std::string_view Value::type_name() const {
  static constexpr std::string_view kNames[] = {"string", "integer", "boolean", "list", "table"};
  return kNames[data_.index()];
}

void Value::append_canonical(std::string& text) const {
  if (const auto* s = string()) {
    append_json_quoted(text, *s);
  } else if (const auto* n = integer()) {
    text += std::to_string(*n);
  } else if (const auto* b = boolean()) {
    text += *b ? "true" : "false";
  } else if (const auto* l = list()) {
    text += '[';
    for (const Value& each : *l) {
      if (&each != &l->front()) text += ',';
      each.append_canonical(text);
    }
    text += ']';
  } else if (const auto* m = map()) {
    text += '{';
    for (const auto& [key, value] : *m) {
      if (text.back() != '{') text += ',';
      append_json_quoted(text, key);
      text += ':';
      value.append_canonical(text);
    }
    text += '}';
  }
}

std::string Value::canonical() const {
  std::string text;
  append_canonical(text);
  return text;
}

std::string Value::plain() const {
  const std::string* text = string();
  return text ? *text : canonical();
}

}  // namespace baker
