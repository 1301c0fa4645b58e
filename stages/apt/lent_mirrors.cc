#include "lent_mirrors.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <sstream>
#include <utility>

#include "host-apt/host_archives.h"
#include "host-apt/host_files.h"
#include "host-apt/keyring_form.h"
#include "text/text.h"

namespace baker::apt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSourceList = "/etc/apt/sources.list";
constexpr const char* kMoreSources = "/etc/apt/sources.list.d";
constexpr const char* kTrusted = "/etc/apt/trusted.gpg.d/baker-";
constexpr const char* kLentKeyrings = "/etc/apt/keyrings/baker-";

std::string without_slash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

// Whose archive lies at the address, a mirror of the distribution's own among them; empty: somebody
// else's, or one of the past, or of debug symbols.
std::string owner_of(const std::string& uri) {
  static const std::regex kDebian(
      R"(https?://((cdn-fastly\.)?deb|security|httpredir|ftp(\.[a-z]{2})?)\.debian\.org(:\d+)?/debian(-security)?/?)");
  static const std::regex kUbuntu(
      R"(https?://(([a-z]{2}\.)?archive|security|ports)\.ubuntu\.com(:\d+)?/ubuntu(-ports)?/?)");
  if (std::regex_match(uri, kDebian)) return "Debian";
  return std::regex_match(uri, kUbuntu) ? "Ubuntu" : "";
}

std::vector<SourceArchive> archives_of(Root& root) {
  const CommandResult targets =
      root.run({.argv = {"apt-get", "indextargets", "--no-release-info", "--format", kTargetFormat,
                         "Created-By: Packages"},
                .capture = true});
  return source_archives(targets.output, [&root](const std::string& path) {
    return root.exists(path) ? root.read_file(path) : "";
  });
}

// Of mirror+file:/etc/apt/mirrors/debian.list; apt-transport-mirror(1).
std::vector<std::string> read_mirror_list(const Network& network, Root& root,
                                          const std::string& uri) {
  const std::string list = uri.substr(uri.find(':') + 1);
  std::string text;
  if (uri.starts_with("mirror+file:")) {
    text = host_file(list);
    root.write_file(list, text);
  } else {
    text = network.get((uri.starts_with("mirror+https:") ? "https:" : "http:") + list);
  }
  std::vector<std::string> mirrors;
  for (const std::string& line : lines_of(text)) {
    const std::string mirror = line.substr(0, line.find_first_of(" \t"));
    if (!mirror.empty() && !mirror.starts_with('#')) mirrors.push_back(without_slash(mirror));
  }
  return mirrors;
}

// What the host trusts for entries that name no key of their own.
void lend_trusted_keys(Root& root) {
  std::error_code absent;
  std::vector<fs::path> files = {"/etc/apt/trusted.gpg"};
  for (const auto& entry : fs::directory_iterator("/etc/apt/trusted.gpg.d", absent))
    files.push_back(entry.path());
  for (const fs::path& file : files)
    if (fs::is_regular_file(file, absent))
      root.write_file(kTrusted + file.filename().string(), host_file(file));
}

// The host's entry, with its keys where the root's apt finds them.
SourceEntry lent_entry(Root& root, SourceEntry entry, const std::string& name) {
  std::vector<std::string> lent;
  std::istringstream paths(entry.signed_by());
  for (std::string path; std::getline(paths, path, ',');) {
    const std::string key = path.starts_with('/') ? host_file(path) : "";
    const std::string ending = keyring_ending(key);
    if (ending.empty()) continue;
    lent.push_back(kLentKeyrings + name + "-" + std::to_string(lent.size()) + ending);
    root.write_file(lent.back(), key);
  }
  entry.options.erase("signed-by");
  if (!lent.empty()) entry.options["signed-by"] = joined(lent, ",");
  return entry;
}

// A key can't stand in a line.
SourceEntry own_entry(Root& root, SourceEntry entry, const std::string& name) {
  if (!entry.holds_its_key()) return entry;
  const std::string file = kLentKeyrings + name + ".asc";
  root.write_file(file, entry.signed_by() + "\n");
  entry.options["signed-by"] = file;
  return entry;
}

bool is_mirror_of(const SourceArchive& mirror, const SourceArchive& own) {
  return distribution_of(mirror.names) == owner_of(own.uri) &&
         own.release.ends_with("-security") == is_security(mirror.names) &&
         owner_of(mirror.uri).empty() &&
         (mirror.uri.starts_with("http") || mirror.uri.starts_with("mirror+"));
}

class Mirrors {
 public:
  Mirrors(const Network& network, const Context& context)
      : network_(network),
        context_(context),
        archives_(ask_host_archives(network, context).archives) {}

  // That of the host which has the release; its components are those of `own` that it has.
  std::optional<SourceArchive> of(const SourceArchive& own) const {
    for (SourceArchive mirror : archives_) {
      if (!is_mirror_of(mirror, own)) continue;
      std::vector<std::string> known = std::exchange(mirror.components, own.components);
      if (mirror.release != own.release) {
        known.clear();
        mirror.release = own.release;
        if (!has_release(mirror)) continue;
      }
      std::erase_if(mirror.components, [&](const std::string& component) {
        return !has_component(mirror, component, known);
      });
      if (!mirror.components.empty()) return mirror;
    }
    return std::nullopt;
  }

 private:
  // A mirror of a part of an archive has the release file of the whole.
  bool has_component(SourceArchive mirror, const std::string& component,
                     const std::vector<std::string>& known) const {
    if (has_word(known, component)) return true;
    mirror.components = {component};
    const std::vector<SourceArchive> answers =
        ask_archives(network_, context_, {entry_line(mirror)}, Asked::kPackages);
    // apt only warns where a release file doesn't know the component.
    return !answers.empty() && has_word(answers.front().names.components, component);
  }

  bool has_release(const SourceArchive& mirror) const {
    return !ask_archives(network_, context_, {entry_line(mirror)}, Asked::kReleaseFiles).empty();
  }

  const Network& network_;
  const Context& context_;
  std::vector<SourceArchive> archives_;
};

bool host_has_mirrors(const Network& network) {
  return std::ranges::any_of(host_entry_uris(network),
                             [](const std::string& uri) { return owner_of(uri).empty(); });
}

void write_sources(Root& root, const std::vector<std::string>& lines) {
  if (root.exists(kMoreSources))
    for (const std::string& name : root.list(kMoreSources))
      root.remove(std::string(kMoreSources) + "/" + name);
  root.write_file(kSourceList, joined(lines, "\n") + "\n");
}

}  // namespace

MirrorLists lend_mirrors(Network& network, const Context& context) {
  Root& root = network.root();
  const std::vector<SourceArchive> archives = archives_of(root);
  const bool any_own = std::ranges::any_of(
      archives, [](const SourceArchive& each) { return !owner_of(each.uri).empty(); });
  if (!any_own || !host_has_mirrors(network)) return {};

  MirrorLists lists;
  std::vector<std::string> lines;
  const Mirrors mirrors(network, context);
  for (SourceArchive own : archives) {
    const std::string name = std::to_string(lines.size());
    const bool is_distributions = !owner_of(own.uri).empty();
    if (auto mirror = is_distributions ? mirrors.of(own) : std::nullopt) {
      mirror->uri = without_slash(mirror->uri);
      mirror->entry = lent_entry(root, mirror->entry, name);
      lines.push_back(entry_line(*mirror));
      if (mirror->uri.starts_with("mirror+"))
        lists[mirror->uri] = read_mirror_list(network, root, mirror->uri);
      std::erase_if(own.components, [&mirror](const std::string& component) {
        return has_word(mirror->components, component);
      });
      if (own.components.empty()) continue;
    }
    own.entry = own_entry(root, own.entry, name);
    lines.push_back(entry_line(own));
  }
  write_sources(root, lines);
  lend_trusted_keys(root);
  return lists;
}

}  // namespace baker::apt
