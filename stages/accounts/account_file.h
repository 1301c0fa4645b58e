// One of /etc/passwd, group, shadow and gshadow: a line for each entry, fields separated by colons.
// Lines that are not touched stay as they are, to the byte.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace baker {

class AccountFile {
 public:
  using Entry = std::vector<std::string>;  // the fields; the first one is the name

  explicit AccountFile(const std::string& text);

  std::optional<Entry> named(const std::string& name) const;
  // The entry that has `value` in this field, counted from 0.
  std::optional<Entry> entry_with(size_t field, const std::string& value) const;
  std::vector<Entry> entries() const;  // in their order, empty lines apart
  // Replaces the entry of that name, or adds it at the end.
  void put(const Entry& entry);
  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

// Adds a name to a list separated by commas, once.
std::string with_member(const std::string& members, const std::string& name);

}  // namespace baker
