#include "engine/plan/key.h"

#include "engine/base/text.h"
#include "engine/io/hasher.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace baker {
namespace {

constexpr size_t kLongestShown = 60;

void append_framed(std::string& framed, std::string_view bytes) {
  char size[8];  // little-endian
  for (size_t i = 0; i < sizeof size; ++i) size[i] = static_cast<char>(bytes.size() >> 8 * i & 255);
  framed.append(size, sizeof size);
  framed += bytes;
}

// A JSON value as a person writes it.
std::string plain(const std::string& json) {
  const nlohmann::json value = nlohmann::json::parse(json, nullptr, false);
  std::string text = value.is_string() ? value.get<std::string>() : json;
  if (text.size() > kLongestShown) text = text.substr(0, kLongestShown - 1) + "…";
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\n");
  return text.empty() ? "\"\"" : text;
}

bool is_long(const std::string& json) {
  return json.size() > kLongestShown;
}

// Lists and tables change by their elements.
std::string describe_elements(const std::string& name, const std::string& before,
                              const std::string& after) {
  const nlohmann::json old_value = nlohmann::json::parse(before, nullptr, false);
  const nlohmann::json new_value = nlohmann::json::parse(after, nullptr, false);
  if (!old_value.is_array() || !new_value.is_array()) return "";
  std::string text;
  for (const nlohmann::json& each : new_value) {
    if (std::ranges::find(old_value, each) == old_value.end()) text += " +" + plain(each.dump());
  }
  for (const nlohmann::json& each : old_value) {
    if (std::ranges::find(new_value, each) == new_value.end()) text += " -" + plain(each.dump());
  }
  return text.empty() ? name + " in another order" : name + text;
}

bool are_as_many_tables(const nlohmann::json& before, const nlohmann::json& after) {
  const auto is_table = [](const nlohmann::json& each) { return each.is_object(); };
  return before.is_array() && after.is_array() && before.size() == after.size() &&
         std::ranges::all_of(before, is_table) && std::ranges::all_of(after, is_table);
}

// Tables change by their leaves, and so does a list of them that has kept its length.
void collect_leaves(const std::string& name, const nlohmann::json& before,
                    const nlohmann::json& after, std::vector<std::string>& words) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : before.items()) keys.insert(key);
    for (const auto& [key, value] : after.items()) keys.insert(key);
    for (const std::string& key : keys) {
      collect_leaves(name + "." + key, before.value(key, nlohmann::json()),
                     after.value(key, nlohmann::json()), words);
    }
    return;
  }
  if (are_as_many_tables(before, after) && !std::ranges::is_permutation(before, after)) {
    for (size_t i = 0; i < before.size(); ++i)
      collect_leaves(fmt::format("{}[{}]", name, i), before[i], after[i], words);
    return;
  }
  if (before.is_null()) {
    words.push_back(name + " added: " + plain(after.dump()));
  } else if (after.is_null()) {
    words.push_back(name + " removed");
  } else if (std::string elements = describe_elements(name, before.dump(), after.dump());
             !elements.empty()) {
    words.push_back(elements);
  } else if (is_long(before.dump()) || is_long(after.dump())) {
    words.push_back(name + " changed");
  } else {
    words.push_back(name + " " + plain(before.dump()) + " → " + plain(after.dump()));
  }
}

std::string pin_name(const nlohmann::json& pin) {
  for (const char* key : {"name", "artifact", "file", "url", "kind"}) {
    if (pin.contains(key) && pin[key].is_string()) return pin[key].get<std::string>();
  }
  return "pin";
}

std::string describe_pins(const std::string& before, const std::string& after) {
  const nlohmann::json old_pins = nlohmann::json::parse(before, nullptr, false);
  const nlohmann::json new_pins = nlohmann::json::parse(after, nullptr, false);
  if (!old_pins.is_array() || !new_pins.is_array()) return "pins changed";
  std::map<std::string, std::pair<std::string, std::string>> versions;
  auto version_of = [](const nlohmann::json& pin) {
    return pin.value("version", std::string("another digest"));
  };
  for (const nlohmann::json& pin : old_pins) versions[pin_name(pin)].first = pin.dump();
  for (const nlohmann::json& pin : new_pins) versions[pin_name(pin)].second = pin.dump();
  std::vector<std::string> changes;
  for (const auto& [name, pins] : versions) {
    const auto& [old_pin, new_pin] = pins;
    if (old_pin == new_pin) continue;
    if (old_pin.empty()) {
      changes.push_back("+" + name);
    } else if (new_pin.empty()) {
      changes.push_back("-" + name);
    } else {
      const std::string old_version = version_of(nlohmann::json::parse(old_pin));
      const std::string new_version = version_of(nlohmann::json::parse(new_pin));
      changes.push_back(name + (old_version == new_version
                                    ? " has another digest"
                                    : " " + old_version + " → " + new_version));
    }
  }
  if (changes.empty()) return "pins in another order";
  const size_t more = changes.size() > 3 ? changes.size() - 3 : 0;
  changes.resize(changes.size() - more);
  const std::string rest = more ? fmt::format(" and {} more", more) : "";
  return fmt::format("pins: {}{}", join(changes, ", "), rest);
}

std::string describe(const std::string& field, const std::string& before,
                     const std::string& after) {
  if (field.starts_with("option.")) {
    std::vector<std::string> words;
    auto parsed = [](const std::string& json) {
      return json.empty() ? nlohmann::json() : nlohmann::json::parse(json, nullptr, false);
    };
    collect_leaves(field.substr(7), parsed(before), parsed(after), words);
    return join(words, ", ");
  }
  if (field.starts_with("input."))
    return "input " + percent_decode(field.substr(6)).value_or(field) + " changed";
  if (field == "pins") return describe_pins(before, after);
  if (field == "plugin") return "plugin changed";
  if (field == "runner") return "this version of baker bakes in another way";
  if (field == "epoch") return "source date epoch changed (baker update)";
  return field + " " + plain(before) + " → " + plain(after);
}

}  // namespace

template <typename Append>
void KeyBuilder::add_field(std::string_view name, Append append_value) {
  text_ += name;
  text_ += ' ';
  const size_t start = text_.size();
  append_value();
  append_framed(framed_, name);
  append_framed(framed_, std::string_view(text_).substr(start));
  text_ += '\n';
}

void KeyBuilder::add(std::string_view name, const Value& value) {
  add_field(name, [&] { value.append_canonical(text_); });
}

void KeyBuilder::add_text(std::string_view name, std::string_view text) {
  add_field(name, [&] { append_json_quoted(text_, text); });
}

void KeyBuilder::add_texts(std::string_view name, const std::vector<std::string>& texts) {
  add_field(name, [&] {
    text_ += '[';
    for (const std::string& each : texts) {
      if (&each != &texts.front()) text_ += ',';
      append_json_quoted(text_, each);
    }
    text_ += ']';
  });
}

std::string KeyBuilder::key() const {
  return digest_of(framed_).hex();
}

KeyFields parse_key_text(std::string_view text) {
  KeyFields fields;
  for (const std::string& line : split(text, '\n')) {
    const size_t space = line.find(' ');
    if (space != std::string::npos) fields[line.substr(0, space)] = line.substr(space + 1);
  }
  return fields;
}

std::vector<std::string> differences(const KeyFields& before, const KeyFields& after) {
  std::set<std::string> names;
  for (const auto& [name, value] : before) names.insert(name);
  for (const auto& [name, value] : after) names.insert(name);
  std::vector<std::string> words;
  auto value_in = [](const KeyFields& fields, const std::string& name) {
    auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  for (const std::string& name : names) {
    const std::string old_value = value_in(before, name);
    const std::string new_value = value_in(after, name);
    if (old_value != new_value && name != "root" && name != "standing")
      words.push_back(describe(name, old_value, new_value));
  }
  return words;
}

std::vector<std::string> root_layers(const KeyFields& fields) {
  auto root = fields.find("root");
  if (root == fields.end()) return {};
  const nlohmann::json list = nlohmann::json::parse(root->second, nullptr, false);
  return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace baker
