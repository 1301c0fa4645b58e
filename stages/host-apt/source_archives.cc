#include "source_archives.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <regex>
#include <sstream>

#include "text/text.h"

namespace baker {

const char* const kTargetFormat =
    "$(SOURCESENTRY)\t$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(METAKEY)\t$(FILENAME)";

namespace {

// One for each index of packages.
struct Target {
  std::string entry, uri, release, component, meta_key, file;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

// Of a name that apt gives to the file of an index: that of the release file beside it.
ReleaseNames names_beside(const Target& target, const ReadFile& read) {
  std::string key = target.meta_key;
  std::ranges::replace(key, '/', '_');
  if (!target.file.ends_with(key)) return {};
  const std::string folder = target.file.substr(0, target.file.size() - key.size());
  for (const char* name : {"InRelease", "Release"})
    if (const std::string content = read(folder + name); !content.empty())
      return release_names(content);
  return {};
}

SourceEntry entry_of(const std::string& where, const ReadFile& read) {
  const std::size_t colon = where.rfind(':');
  if (colon == std::string::npos) return {};
  std::size_t number = 0;
  std::from_chars(where.data() + colon + 1, where.data() + where.size(), number);
  const std::filesystem::path file = where.substr(0, colon);
  return source_entry(read(file), file.extension() == ".sources", number);
}

// The pockets of Ubuntu have one codename, and suites apart.
std::string pocket_of(const ReleaseNames& names) {
  return distribution_of(names) == "Ubuntu" ? names.suite : names.codename;
}

// Debian's archive of security fixes has called them updates/main.
std::string component_of(const std::string& word) {
  return word.starts_with("updates/") ? word.substr(word.find('/') + 1) : word;
}

}  // namespace

ReleaseNames release_names(std::string_view release_file) {
  ReleaseNames names;
  std::string components;
  for (const std::string& line : lines_of(std::string(release_file))) {
    for (const auto& [field, value] :
         {std::pair{"Origin: ", &names.origin}, std::pair{"Suite: ", &names.suite},
          std::pair{"Codename: ", &names.codename}, std::pair{"Components: ", &components}})
      if (value->empty() && line.starts_with(field))
        *value = line.substr(std::string(field).size());
  }
  std::istringstream words(components);
  for (std::string word; words >> word;) names.components.push_back(component_of(word));
  return names;
}

std::vector<SourceArchive> source_archives(const std::string& targets, const ReadFile& read) {
  std::vector<SourceArchive> archives;
  for (const std::string& line : lines_of(targets)) {
    const std::vector<std::string> words = fields_of(line);
    if (words.size() != 6) continue;
    const Target target{words[0], words[1], words[2], words[3], words[4], words[5]};
    auto found = std::ranges::find_if(archives, [&target](const SourceArchive& each) {
      return each.where == target.entry && each.uri == target.uri && each.release == target.release;
    });
    if (found == archives.end()) {
      archives.push_back({.uri = target.uri,
                          .release = target.release,
                          .where = target.entry,
                          .names = names_beside(target, read),
                          .entry = entry_of(target.entry, read)});
      found = archives.end() - 1;
    }
    const bool is_flat = target.component == "$(COMPONENT)";  // apt leaves what it has no value for
    if (!is_flat && !has_word(found->components, target.component))
      found->components.push_back(target.component);
  }
  return archives;
}

// "Debian Backports" is Debian's, too.
std::string distribution_of(const ReleaseNames& names) {
  for (const char* name : {"Debian", "Ubuntu"})
    if (names.origin == name || names.origin.starts_with(std::string(name) + " ")) return name;
  return "";
}

bool is_pocket_of(const std::string& suite, const std::string& codename) {
  return suite == codename || suite == codename + "-updates" || suite == codename + "-security";
}

bool is_of_release(const ReleaseNames& names, const std::string& codename) {
  if (distribution_of(names).empty()) return false;
  return is_pocket_of(pocket_of(names), codename);
}

bool is_security(const ReleaseNames& names) {
  return names.suite.ends_with("-security") || names.codename.ends_with("-security");
}

std::string without_password(const std::string& uri) {
  return std::regex_replace(uri, std::regex("://[^/@]*@"), "://");
}

std::string entry_line(const SourceArchive& archive) {
  std::string options;
  for (const auto& [name, value] : archive.entry.options)
    if (name != "signed-by" || value.starts_with('/')) options += " " + name + "=" + value;
  return "deb " + (options.empty() ? "" : "[" + options.substr(1) + "] ") + archive.uri + " " +
         archive.release + " " + joined(archive.components, " ");
}

std::vector<std::string> lines_for_release(const std::vector<SourceArchive>& archives,
                                           const std::string& distribution,
                                           const std::string& codename,
                                           const std::vector<std::string>& components) {
  std::vector<std::string> lines;
  for (SourceArchive archive : archives) {
    if (distribution_of(archive.names) != distribution) continue;
    archive.components = components;
    for (const char* pocket : {"", "-updates", "-security"}) {
      if (is_security(archive.names) != (std::string(pocket) == "-security")) continue;
      archive.release = codename + pocket;
      const std::string line = entry_line(archive);
      if (!has_word(lines, line)) lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace baker
