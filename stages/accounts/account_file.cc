#include "account_file.h"

#include <sstream>

namespace baker {
namespace {

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::string line_of(const AccountFile::Entry& entry) {
  std::string line = entry.at(0);
  for (size_t i = 1; i < entry.size(); ++i) line += ":" + entry[i];
  return line;
}

}  // namespace

AccountFile::AccountFile(const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines_.push_back(line);
}

std::optional<AccountFile::Entry> AccountFile::named(const std::string& name) const {
  return entry_with(0, name);
}

std::optional<AccountFile::Entry> AccountFile::entry_with(size_t field,
                                                          const std::string& value) const {
  for (const std::string& line : lines_) {
    Entry entry = parts_of(line, ':');
    if (field < entry.size() && entry[field] == value) return entry;
  }
  return std::nullopt;
}

std::vector<AccountFile::Entry> AccountFile::entries() const {
  std::vector<Entry> entries;
  for (const std::string& line : lines_)
    if (!line.empty()) entries.push_back(parts_of(line, ':'));
  return entries;
}

void AccountFile::put(const Entry& entry) {
  for (std::string& line : lines_) {
    if (line.starts_with(entry.at(0) + ":")) {
      line = line_of(entry);
      return;
    }
  }
  lines_.push_back(line_of(entry));
}

std::string AccountFile::text() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

std::string with_member(const std::string& members, const std::string& name) {
  if (members.empty()) return name;
  for (const std::string& member : parts_of(members, ',')) {
    if (member == name) return members;
  }
  return members + "," + name;
}

}  // namespace baker
