// Keys and the plain text that they are digests of.
//
// A key text has one line per field, "name value", the value as canonical JSON, so that no value
// can pose as another field; the key is SHA-256 over the length-framed names and values.
#pragma once

#include "engine/pipeline/value.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

class KeyBuilder {
 public:
  void add(std::string_view name, const Value& value);
  void add_text(std::string_view name, std::string_view text);
  void add_texts(std::string_view name, const std::vector<std::string>& texts);

  const std::string& text() const { return text_; }
  std::string key() const;  // hex

 private:
  template <typename Append>
  void add_field(std::string_view name, Append append_value);

  std::string text_;
  std::string framed_;
};

// A key text as it was stored, by field name.
using KeyFields = std::map<std::string, std::string>;
KeyFields parse_key_text(std::string_view text);

// What is different, in words: "version 4.2.1 → 4.3.1", "input motd.txt changed", "plugin changed".
// The root is left out: the stages that bake its layers tell of them.
std::vector<std::string> differences(const KeyFields& before, const KeyFields& after);

// The root's layers as they stand in a key.
std::vector<std::string> root_layers(const KeyFields& fields);

}  // namespace baker
