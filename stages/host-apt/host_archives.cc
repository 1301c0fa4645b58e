#include "host_archives.h"

#include <filesystem>
#include <fstream>
#include <regex>

#include "host_files.h"
#include "text/text.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

// For an archive that takes connections and then says nothing.
constexpr const char* kPatience = "Acquire::http::Timeout=20";

// An apt of its own. It removes from its lists whatever is none.
std::string prepared(const std::string& folder) {
  for (const char* name : {"/lists/partial", "/cache"}) fs::create_directories(folder + name);
  return folder;
}

// What the host does after an update of its own lists is not to be done after ours.
std::string without_hooks(const std::string& folder) {
  const std::string file = folder + "/no-hooks.conf";
  std::ofstream(file) << "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n"
                         "#clear APT::Update::Post-Invoke-Success;\n";
  return file;
}

CommandResult apt(const Network& network, const std::string& folder,
                  const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"sh",
                                   "-c",
                                   "exec apt-get \"$@\" 2>&1",
                                   "apt-get",
                                   "-c",
                                   without_hooks(folder),
                                   "-o",
                                   "Dir::State::Lists=" + folder + "/lists",
                                   "-o",
                                   "Dir::Cache=" + folder + "/cache",
                                   "-o",
                                   "APT::Sandbox::User=root",
                                   "-o",
                                   kPatience};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return network.run({.argv = argv, .capture = true, .check = false});
}

// The indices, which are large, stay where they are: the release file tells whose archive it is.
std::vector<std::string> update_of(Asked asked, const Network& network) {
  static const std::regex kTarget("Acquire::IndexTargets::(deb[^:]*::[^:]+) .*");
  std::vector<std::string> options = {"update"};
  const CommandResult dump =
      network.run({.argv = {"apt-config", "dump", "Acquire::IndexTargets"}, .capture = true});
  for (const std::string& line : lines_of(dump.output)) {
    std::smatch target;
    if (!std::regex_match(line, target, kTarget)) continue;
    if (asked == Asked::kPackages && target[1] == "deb::Packages") continue;
    options.push_back("-o");
    options.push_back("Acquire::IndexTargets::" + target[1].str() + "::DefaultEnabled=false");
  }
  return options;
}

// So that it can be named in a line.
void put_key_into_file(SourceEntry& entry, const std::string& file) {
  if (!entry.holds_its_key()) return;
  std::ofstream(file) << entry.signed_by() << "\n";
  entry.options["signed-by"] = file;
}

std::vector<SourceArchive> archives_with(const Network& network, const std::string& folder,
                                         std::vector<std::string> options) {
  options.insert(options.end(), {"indextargets", "--no-release-info", "--format", kTargetFormat,
                                 "Created-By: Packages"});
  return source_archives(apt(network, folder, options).output,
                         [](const std::string& path) { return host_file(path); });
}

}  // namespace

HostArchives ask_host_archives(const Network& network, const Context& context) {
  const std::string folder = prepared(context.scratch() + "/host-apt");
  HostArchives found;
  const std::string said = apt(network, folder, update_of(Asked::kReleaseFiles, network)).output;
  for (const std::string& line : lines_of(said))
    if (line.starts_with("E: ") || line.starts_with("W: ") || line.starts_with("  "))
      found.complaint += (found.complaint.empty() ? "" : "\n") + line;
  found.archives = archives_with(network, folder, {});
  for (std::size_t i = 0; i < found.archives.size(); ++i)
    put_key_into_file(found.archives[i].entry, folder + "/key-" + std::to_string(i) + ".asc");
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

std::vector<SourceArchive> ask_archives(const Network& network, const Context& context,
                                        const std::vector<std::string>& lines, Asked asked) {
  const std::string folder = prepared(context.scratch() + "/asked-apt");
  const std::string sources = folder + "/sources.list";
  std::ofstream(sources) << joined(lines, "\n") << "\n";
  const std::vector<std::string> only_these = {"-o", "Dir::Etc::sourcelist=" + sources,
                                               "-o", "Dir::Etc::sourceparts=-",
                                               "-o", "APT::Update::Error-Mode=any"};
  std::vector<std::string> update = update_of(asked, network);
  update.insert(update.end(), only_these.begin(), only_these.end());
  if (apt(network, folder, update).exit_status != 0) return {};
  return archives_with(network, folder, only_these);
}

}  // namespace baker
