#include "missing_package.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "text/text.h"

namespace baker::apt {
namespace {

constexpr const char* kAllComponents = "/etc/apt/sources.list.d/baker-all-components.list";
constexpr std::size_t kMostSuggestions = 3;

std::string ask(Root& root, const std::string& script, const std::string& word = "",
                bool network = false) {
  return root
      .run({.argv = {"sh", "-c", script, "sh", word},
            .network = network,
            .capture = true,
            .check = false})
      .output;
}

std::string missing_name(const std::string& complaint) {
  for (const char* words : {"Unable to locate package ([^ \n]+)",
                            "Package '?([^ '\n]+)'? has no installation candidate"}) {
    std::smatch name;
    if (std::regex_search(complaint, name, std::regex(words))) return name[1];
  }
  return "";
}

// Lines for each archive that the root reads, with all that its release file offers.
std::string all_components(Root& root) {
  const std::string archives = ask(
      root,
      "apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(FILENAME)' 'Created-By: Packages'");
  std::set<std::string> lines;
  for (const std::string& line : lines_of(archives)) {
    std::istringstream words(line);
    std::string uri, release, file;
    words >> uri >> release >> file;
    const std::string folder = file.substr(0, file.find("_dists_" + release + "_"));
    const std::string components =
        ask(root, "sed -n 's/^Components: //p' \"$1\"* | head -n 1 | sed 's,updates/,,g'",
            folder + "_dists_" + release + "_InRelease");
    if (!components.empty() && folder != file)
      lines.insert("deb [trusted=yes] " + uri + " " + release + " " +
                   components.substr(0, components.find('\n')));
  }
  return joined({lines.begin(), lines.end()}, "\n");
}

// "universe of jammy"
std::string place_of(Root& root, const std::string& name) {
  const std::string archives = all_components(root);
  if (archives.empty()) return "";
  // Instead of the root's own, which may name a key for an archive: nothing is installed from
  // these.
  ask(root, "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d");
  root.write_file(kAllComponents, archives + "\n");
  ask(root, "apt-get -o Acquire::Languages=none update", "", true);
  static const std::regex kLine(R"([^|]*\|[^|]*\| *\S+ ([^/ ]+)/(\S+) .*)");
  for (const std::string& line : lines_of(ask(root, "apt-cache madison \"$1\"", name))) {
    std::smatch part;
    if (std::regex_match(line, part, kLine)) return part[2].str() + " of " + part[1].str();
  }
  return "";
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = before + (a[i - 1] != b[j - 1] ? 1 : 0);
      before = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string similar_names(Root& root, const std::string& name) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& other : lines_of(ask(root, "apt-cache pkgnames"))) {
    const std::size_t longest = std::max(name.size(), other.size());
    if (longest - std::min(name.size(), other.size()) > 2) continue;
    const std::size_t apart = distance(name, other);
    if (apart <= 2 && apart * 3 <= longest) near.emplace_back(apart, other);
  }
  std::ranges::sort(near);
  near.resize(std::min(near.size(), kMostSuggestions));
  std::vector<std::string> names;
  for (const auto& [apart, other] : near) names.push_back(other);
  return joined(names, ", ");
}

}  // namespace

std::string advice_on_missing(Root& root, const std::string& complaint) {
  const std::string name = missing_name(complaint);
  if (name.empty()) return "";
  const std::string names = similar_names(root, name);
  if (const std::string place = place_of(root, name); !place.empty())
    return "\n" + name + " is in " + place +
           ", which the root does not read: name it in `components` of its base";
  return names.empty() ? "" : "\ndid you mean " + names + "?";
}

}  // namespace baker::apt
