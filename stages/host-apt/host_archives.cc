#include "host_archives.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "host_files.h"
#include "text/text.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

// For an archive that takes connections and then says nothing.
constexpr const char* kPatience = "Acquire::http::Timeout=20";

// One for each index of packages.
struct Target {
  std::string entry, uri, release, component, meta_key, file;
};
constexpr const char* kFormat =
    "$(SOURCESENTRY)\t$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(METAKEY)\t$(FILENAME)";

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

std::string prepared_lists(const std::string& folder) {
  for (const char* name : {"/partial", "/cache"}) fs::create_directories(folder + name);
  return folder;
}

// What the host does after an update of its own lists is not to be done after ours.
std::string without_hooks(const std::string& folder) {
  const std::string file = folder + "/no-hooks.conf";
  std::ofstream(file) << "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n"
                         "#clear APT::Update::Post-Invoke-Success;\n";
  return file;
}

CommandResult apt(const Network& network, const std::string& lists,
                  const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"sh",
                                   "-c",
                                   "exec apt-get \"$@\" 2>&1",
                                   "apt-get",
                                   "-c",
                                   without_hooks(lists),
                                   "-o",
                                   "Dir::State::Lists=" + lists,
                                   "-o",
                                   "Dir::Cache=" + lists + "/cache",
                                   "-o",
                                   "APT::Sandbox::User=root",
                                   "-o",
                                   kPatience};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return network.run({.argv = argv, .capture = true, .check = false});
}

// The indices, which are large, stay where they are: the release file tells whose archive it is.
std::vector<std::string> without_indices(const Network& network) {
  static const std::regex kTarget("Acquire::IndexTargets::(deb[^:]*::[^:]+) .*");
  std::vector<std::string> options = {"update"};
  const CommandResult dump =
      network.run({.argv = {"apt-config", "dump", "Acquire::IndexTargets"}, .capture = true});
  for (const std::string& line : lines_of(dump.output)) {
    std::smatch target;
    if (!std::regex_match(line, target, kTarget)) continue;
    options.push_back("-o");
    options.push_back("Acquire::IndexTargets::" + target[1].str() + "::DefaultEnabled=false");
  }
  return options;
}

// Of a name that apt gives to the file of an index: that of the release file beside it.
ReleaseNames names_beside(const Target& target) {
  std::string key = target.meta_key;
  std::ranges::replace(key, '/', '_');
  if (!target.file.ends_with(key)) return {};
  const std::string folder = target.file.substr(0, target.file.size() - key.size());
  for (const char* name : {"InRelease", "Release"})
    if (fs::exists(folder + name)) return release_names(host_file(folder + name));
  return {};
}

SourceEntry entry_of(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  if (colon == std::string::npos) return {};
  std::size_t number = 0;
  std::from_chars(where.data() + colon + 1, where.data() + where.size(), number);
  const fs::path file = where.substr(0, colon);
  return source_entry(host_file(file), file.extension() == ".sources", number);
}

// So that it can be named in a line.
void put_key_into_file(SourceEntry& entry, const std::string& file) {
  if (!entry.holds_its_key()) return;
  std::ofstream(file) << entry.signed_by() << "\n";
  entry.options["signed-by"] = file;
}

std::vector<HostArchive> archives_of(const std::string& targets) {
  std::vector<HostArchive> archives;
  for (const std::string& line : lines_of(targets)) {
    const std::vector<std::string> words = fields_of(line);
    if (words.size() != 6) continue;
    const Target target{words[0], words[1], words[2], words[3], words[4], words[5]};
    auto found = std::ranges::find_if(archives, [&target](const HostArchive& each) {
      return each.where == target.entry && each.uri == target.uri && each.release == target.release;
    });
    if (found == archives.end()) {
      archives.push_back({.uri = target.uri,
                          .release = target.release,
                          .where = target.entry,
                          .names = names_beside(target),
                          .entry = entry_of(target.entry)});
      found = archives.end() - 1;
    }
    if (std::ranges::find(found->components, target.component) == found->components.end())
      found->components.push_back(target.component);
  }
  return archives;
}

// The pockets of Ubuntu have one codename, and suites apart.
std::string pocket_of(const ReleaseNames& names) {
  return distribution_of(names) == "Ubuntu" ? names.suite : names.codename;
}

}  // namespace

ReleaseNames release_names(std::string_view release_file) {
  ReleaseNames names;
  for (const std::string& line : lines_of(std::string(release_file))) {
    for (const auto& [field, value] :
         {std::pair{"Origin: ", &names.origin}, std::pair{"Suite: ", &names.suite},
          std::pair{"Codename: ", &names.codename}})
      if (value->empty() && line.starts_with(field))
        *value = line.substr(std::string(field).size());
  }
  return names;
}

HostArchives ask_host_archives(const Network& network, const Context& context) {
  const std::string lists = prepared_lists(context.scratch() + "/host-apt");
  HostArchives found;
  const std::string said = apt(network, lists, without_indices(network)).output;
  for (const std::string& line : lines_of(said))
    if (line.starts_with("E: ") || line.starts_with("W: ") || line.starts_with("  "))
      found.complaint += (found.complaint.empty() ? "" : "\n") + line;
  const CommandResult targets =
      apt(network, lists,
          {"indextargets", "--no-release-info", "--format", kFormat, "Created-By: Packages"});
  found.archives = archives_of(targets.output);
  for (std::size_t i = 0; i < found.archives.size(); ++i)
    put_key_into_file(found.archives[i].entry, lists + "/key-" + std::to_string(i) + ".asc");
  return found;
}

std::vector<std::string> host_entry_uris(const Network& network) {
  const CommandResult targets =
      network.run({.argv = {"apt-get", "indextargets", "--no-release-info", "--format",
                            "$(REPO_URI)", "Created-By: Packages"},
                   .capture = true,
                   .check = false});
  return lines_of(targets.output);
}

bool answer_all(const Network& network, const Context& context,
                const std::vector<std::string>& lines) {
  const std::string lists = prepared_lists(context.scratch() + "/asked-apt");
  const std::string sources = lists + "/sources.list";
  std::ofstream(sources) << joined(lines, "\n") << "\n";
  std::vector<std::string> arguments = without_indices(network);
  arguments.insert(arguments.end(),
                   {"-o", "Dir::Etc::sourcelist=" + sources, "-o", "Dir::Etc::sourceparts=-", "-o",
                    "APT::Update::Error-Mode=any"});
  return apt(network, lists, arguments).exit_status == 0;
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

std::string without_password(const std::string& uri) {
  return std::regex_replace(uri, std::regex("://[^/@]*@"), "://");
}

std::string entry_line(const HostArchive& archive) {
  std::string options;
  for (const auto& [name, value] : archive.entry.options)
    if (name != "signed-by" || value.starts_with('/')) options += " " + name + "=" + value;
  return "deb " + (options.empty() ? "" : "[" + options.substr(1) + "] ") + archive.uri + " " +
         archive.release + " " + joined(archive.components, " ");
}

std::vector<std::string> lines_for_release(const std::vector<HostArchive>& archives,
                                           const std::string& distribution,
                                           const std::string& codename,
                                           const std::vector<std::string>& components) {
  std::vector<std::string> lines;
  for (HostArchive archive : archives) {
    if (distribution_of(archive.names) != distribution) continue;
    archive.components = components;
    const bool is_security = pocket_of(archive.names).ends_with("-security");
    for (const char* pocket : {"", "-updates", "-security"}) {
      if (is_security != (std::string(pocket) == "-security")) continue;
      archive.release = codename + pocket;
      const std::string line = entry_line(archive);
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace baker
