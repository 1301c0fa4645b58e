#include "apt_sources.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>
#include <vector>

#include "text/text.h"

namespace baker::rootfs {
namespace {

bool is_suite_of(const std::string& suite, const std::string& codename) {
  return suite == codename || suite.starts_with(codename + "-") ||
         suite.starts_with(codename + "/");
}

std::vector<std::string> words(std::string text, const char* further_separators = "") {
  for (const char* each = further_separators; *each != '\0'; ++each) {
    std::replace(text.begin(), text.end(), *each, ' ');
  }
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

void note_keyrings(const std::string& signed_by, std::set<std::string>& keyrings) {
  for (const std::string& each : words(signed_by, ",")) {
    if (each.starts_with('/')) keyrings.insert(each);
  }
}

// deb [signed-by=/usr/share/keyrings/x.gpg] http://… bookworm main
std::string one_line_entries(const std::string& text, const std::string& codename,
                             std::set<std::string>& keyrings) {
  static const std::regex kEntry(R"(\s*deb\s+(\[([^\]]*)\]\s+)?\S+\s+(\S+)(\s[^#]*)?(#.*)?)");
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch entry;
    if (!std::regex_match(line, entry, kEntry) || !is_suite_of(entry[3], codename)) continue;
    for (const std::string& option : words(entry[2])) {
      if (option.starts_with("signed-by=")) note_keyrings(option.substr(10), keyrings);
    }
    kept += line + "\n";
  }
  return kept;
}

struct Field {
  std::string name;
  std::string value;  // continuation lines among it
};
using Stanza = std::vector<Field>;

Field* field(Stanza& stanza, const std::string& lower_case_name) {
  const auto found = std::find_if(stanza.begin(), stanza.end(), [&](const Field& each) {
    return lower_case(each.name) == lower_case_name;
  });
  return found == stanza.end() ? nullptr : &*found;
}

std::vector<Stanza> stanzas_of(const std::string& text) {
  std::vector<Stanza> stanzas(1);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const bool is_blank = line.find_first_not_of(" \t\r") == std::string::npos;
    const std::size_t colon = line.find(':');
    if (is_blank) {
      if (!stanzas.back().empty()) stanzas.emplace_back();
    } else if (std::isspace(static_cast<unsigned char>(line.front())) != 0) {
      if (!stanzas.back().empty()) stanzas.back().back().value += "\n" + line;
    } else if (colon != std::string::npos) {
      stanzas.back().push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
  }
  return stanzas;
}

bool is_in_use(Stanza& stanza) {
  const Field* types = field(stanza, "types");
  const Field* enabled = field(stanza, "enabled");
  if (types == nullptr || field(stanza, "suites") == nullptr) return false;
  const std::vector<std::string> kinds = words(types->value);
  if (std::find(kinds.begin(), kinds.end(), "deb") == kinds.end()) return false;
  if (enabled == nullptr) return true;
  const std::string value = words(enabled->value + " yes").front();
  return value != "no" && value != "false" && value != "0";
}

std::string matching_suites(const std::string& suites, const std::string& codename) {
  std::string kept;
  for (const std::string& suite : words(suites)) {
    if (is_suite_of(suite, codename)) kept += " " + suite;
  }
  return kept;
}

std::string deb822_entries(const std::string& text, const std::string& codename,
                           std::set<std::string>& keyrings) {
  std::string kept;
  for (Stanza& stanza : stanzas_of(text)) {
    if (!is_in_use(stanza)) continue;
    Field& suites = *field(stanza, "suites");
    suites.value = matching_suites(suites.value, codename);
    if (suites.value.empty()) continue;
    field(stanza, "types")->value = " deb";
    if (const Field* signed_by = field(stanza, "signed-by")) {
      note_keyrings(signed_by->value, keyrings);
    }
    if (!kept.empty()) kept += "\n";
    for (const Field& each : stanza) kept += each.name + ":" + each.value + "\n";
  }
  return kept;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::filesystem::path> source_files(const std::filesystem::path& etc_apt) {
  std::vector<std::filesystem::path> files = {etc_apt / "sources.list"};
  std::error_code absent;
  for (const auto& entry :
       std::filesystem::directory_iterator(etc_apt / "sources.list.d", absent)) {
    files.push_back(entry.path());
  }
  return files;
}

}  // namespace

AptSources host_apt_sources(const std::filesystem::path& etc_apt, const std::string& codename) {
  AptSources sources;
  for (const std::filesystem::path& file : source_files(etc_apt)) {
    std::string kept;
    if (file.extension() == ".list") {
      kept = one_line_entries(content_of(file), codename, sources.keyrings);
    } else if (file.extension() == ".sources") {
      kept = deb822_entries(content_of(file), codename, sources.keyrings);
    }
    if (!kept.empty()) sources.files[file.filename()] = kept;
  }
  return sources;
}

bool names_https(const std::vector<std::string>& entries) {
  return std::ranges::any_of(entries, [](const std::string& entry) {
    const std::string text = entry.starts_with('/') ? content_of(entry) : entry;
    return text.find("https://") != std::string::npos;
  });
}

}  // namespace baker::rootfs
