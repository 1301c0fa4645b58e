#include "maven.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "pom.h"

namespace baker::kafka {
namespace {

namespace fs = std::filesystem;

struct Jar {
  std::string artifact;  // "group:artifact:version"
  std::string file;      // name in libs
  std::string path;      // where mvn has put it
};

struct MavenResult {
  std::vector<Jar> jars;
  std::string failure;  // mvn's first error; empty: there was none
};

// "…/org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar" below `folder`, which has the layout of a
// repository.
Jar jar_at(const fs::path& path, const fs::path& folder) {
  const fs::path version = path.parent_path();
  const fs::path artifact = version.parent_path();
  std::string group = artifact.parent_path().lexically_relative(folder).string();
  std::replace(group.begin(), group.end(), '/', '.');
  return {group + ":" + artifact.filename().string() + ":" + version.filename().string(),
          path.filename().string(), path.string()};
}

std::vector<Jar> jars_below(const fs::path& folder) {
  std::vector<Jar> jars;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jar") jars.push_back(jar_at(entry.path(), folder));
  }
  std::sort(jars.begin(), jars.end(),
            [](const Jar& a, const Jar& b) { return a.artifact < b.artifact; });
  std::set<std::string> taken;
  for (Jar& jar : jars) {
    if (taken.insert(jar.file).second) continue;
    jar.file = jar.artifact.substr(0, jar.artifact.find(':')) + "." + jar.file;
  }
  std::sort(jars.begin(), jars.end(), [](const Jar& a, const Jar& b) { return a.file < b.file; });
  return jars;
}

std::string first_error(const std::string& output) {
  constexpr std::string_view mark = "[ERROR] ";
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (auto at = line.find(mark); at != line.npos) return line.substr(at + mark.size());
  }
  return "mvn failed and did not say why";
}

MavenResult run_maven(Network& network, const std::string& scratch, const std::string& pom_text) {
  const fs::path file = fs::path(scratch) / "pom.xml";
  const fs::path folder = fs::path(scratch) / "jars";
  std::ofstream(file) << pom_text;
  fs::remove_all(folder);
  fs::create_directory(folder);
  const CommandResult result = network.run(
      {.argv = {"mvn", "-q", "-B", "-Dstyle.color=never", "-f", file.string(),
                "dependency:copy-dependencies", "-DincludeScope=runtime",
                "-Dmdep.useRepositoryLayout=true", "-DoutputDirectory=" + folder.string()},
       .capture = true,
       .check = false,
       .directory = scratch});
  if (result.exit_status != 0) return {{}, first_error(result.output)};
  return {jars_below(folder), ""};
}

bool says_not_there(const std::string& failure) {
  return failure.find("Could not find artifact") != failure.npos ||
         failure.find("was not found in") != failure.npos;
}

// Whether it is only parts of the release that the repository lacks, not the broker itself.
bool lacks_only_parts(const std::string& failure) {
  return says_not_there(failure) && failure.find("org.apache.kafka:kafka_") == failure.npos;
}

}  // namespace

Pins find_jars(Network& network, const std::string& scratch, const Release& release) {
  MavenResult found;
  for (ReleaseParts parts :
       {ReleaseParts::kEverything, ReleaseParts::kWithConnect, ReleaseParts::kBrokerAndTools}) {
    found = run_maven(network, scratch, pom_of_release(release, parts));
    if (found.failure.empty() || !lacks_only_parts(found.failure)) break;
  }
  if (!found.failure.empty()) throw Unreachable("Maven: " + found.failure);
  Pins pins;
  for (const Jar& jar : found.jars) {
    const std::string sha256 = network.add_to_downloads(jar.path);
    pins.push_back({{"artifact", jar.artifact}, {"file", jar.file}, {"sha256", sha256}});
  }
  return pins;
}

void fetch_jars(Network& network, const Context& context, const Pins& pins) {
  const std::string advice =
      "; `" + context.command_line("update") + "` pins what is published today";
  const MavenResult found = run_maven(network, context.scratch(), pom_of_pins(pins));
  if (!found.failure.empty()) {
    throw StageError("pinned jars can't be fetched again: Maven: " + found.failure +
                     (says_not_there(found.failure) ? advice : ""));
  }
  for (const Pin& pin : pins) {
    const auto file = pin.at("file").get<std::string>();
    const auto jar = std::find_if(found.jars.begin(), found.jars.end(), [&](const Jar& each) {
      return each.artifact == pin.at("artifact").get<std::string>() && file.ends_with(each.file);
    });
    if (jar == found.jars.end()) {
      throw StageError("mvn downloaded no " + file + ", which is pinned" + advice);
    }
    try {
      network.add_to_downloads(jar->path, pin.at("sha256").get<std::string>());
    } catch (const StageError& error) {
      throw StageError(file + ", pinned, from Maven: " + error.what() +
                       "; where its publisher has changed it" + advice.substr(1));
    }
  }
}

}  // namespace baker::kafka
