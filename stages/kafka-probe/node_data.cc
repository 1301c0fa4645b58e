#include "node_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace baker::kafka_probe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMeta = "/meta.properties";
constexpr const char* kRisk = "empty-data";

// What a format that was interrupted leaves, and what belongs to the file system.
bool may_be_in_an_empty_folder(const std::string& name) {
  return name == "lost+found" || name == "bootstrap.checkpoint" ||
         name.starts_with("meta.properties.");
}

// Of what else lies in it; empty: nothing.
std::string first_name_in(const std::string& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (!may_be_in_an_empty_folder(name)) return name;
  }
  return "";
}

// One node's folder, with what is remembered of it.
struct Folder {
  NodeId node = kNobody;
  std::string machine;
  std::string path;
  std::optional<std::string> served_in;  // where it has its data when it served last
  NodeData served_with;

  std::string who() const {
    return fmt::format("node {}{}", node, machine.empty() ? "" : " (" + machine + ")");
  }
};

std::vector<Folder> folders_of(const Settings& settings, const Json& remembered) {
  std::vector<Folder> folders;
  for (std::size_t i = 0; i < settings.data.size(); ++i) {
    const auto node = static_cast<NodeId>(i + 1);
    Folder folder{node, settings.machine_of(node), settings.data[i], std::nullopt, {}};
    const std::string key = std::to_string(node);
    if (remembered.is_object() && remembered.contains(key)) {
      const Json& known = remembered[key];
      folder.served_in = known.value("folder", "");
      folder.served_with = {known.value("cluster", ""), node, known.value("directory", "")};
    }
    folders.push_back(folder);
  }
  return folders;
}

std::optional<Objection> against_unformatted(const Folder& folder) {
  if (fs::exists(folder.path) && !fs::is_directory(folder.path))
    return Objection{folder.path + ", where " + folder.who() + " is to have its data, is no folder",
                     ""};
  if (const std::string name = first_name_in(folder.path); !name.empty())
    return Objection{folder.path + ", where " + folder.who() +
                         " is to have its data, has other files (" + name +
                         ") and no meta.properties: it is not the whole of a node's data. Put back "
                         "what is missing, or empty it",
                     ""};
  if (!folder.served_in) return std::nullopt;
  if (*folder.served_in != folder.path)
    return Objection{
        folder.who() + " has served with its data in " + *folder.served_in +
            ", and is now to have it in " + folder.path +
            ", where nothing is: stop it and move its data there. Else it is formatted "
            "and begins with nothing",
        kRisk};
  if (!fs::exists(folder.path)) return std::nullopt;  // removed on purpose, after a destroy
  return Objection{folder.who() + " has served with its data in " + folder.path +
                       ", and that folder is empty: mount its disk, or put its data back. Else it "
                       "is formatted and begins with nothing",
                   kRisk};
}

std::optional<Objection> against_data(const Folder& folder, const NodeData& found) {
  if (found.node != folder.node)
    return Objection{fmt::format("{} has the data of node {}, and is given to {}: mount the right "
                                 "disk, or name the right folder",
                                 folder.path, found.node, folder.who()),
                     ""};
  if (!folder.served_in || found == folder.served_with) return std::nullopt;
  if (found.cluster != folder.served_with.cluster)
    return Objection{folder.path + " has the data of cluster " + found.cluster + ", and " +
                         folder.who() + " has served in cluster " + folder.served_with.cluster +
                         ": mount the right disk, or name the right folder",
                     ""};
  return Objection{folder.path + " has other data of " + folder.who() +
                       " than it has served with last (its directory.id is " + found.directory +
                       ", and was " + folder.served_with.directory +
                       "): an older copy, or one that was formatted anew, has forgotten what the "
                       "others rely on",
                   kRisk};
}

std::optional<Objection> against_two_clusters(const std::vector<Folder>& folders) {
  std::map<std::string, std::string> paths;  // one for each cluster
  for (const Folder& folder : folders)
    if (const auto found = data_in(folder.path)) paths.emplace(found->cluster, folder.path);
  if (paths.size() < 2) return std::nullopt;
  const auto& [one, first] = *paths.begin();
  const auto& [other, second] = *std::next(paths.begin());
  return Objection{"the folders have the data of two clusters: " + first + " of " + one + ", " +
                       second + " of " + other + ". One of them belongs elsewhere",
                   ""};
}

}  // namespace

std::optional<NodeData> data_in(const std::string& folder) {
  std::ifstream stream(folder + kMeta);
  if (!stream) return std::nullopt;
  NodeData data;
  for (std::string line; std::getline(stream, line);) {
    const std::size_t middle = line.find('=');
    if (middle == std::string::npos) continue;
    const std::string value = line.substr(middle + 1);
    if (line.starts_with("cluster.id=")) data.cluster = value;
    if (line.starts_with("node.id=")) data.node = static_cast<NodeId>(std::atoi(value.c_str()));
    if (line.starts_with("directory.id=")) data.directory = value;
  }
  return data;
}

Json served_with(const Settings& settings) {
  Json all = Json::object();
  for (std::size_t i = 0; i < settings.data.size(); ++i) {
    if (const auto found = data_in(settings.data[i]))
      all[std::to_string(i + 1)] = {{"folder", settings.data[i]},
                                    {"cluster", found->cluster},
                                    {"directory", found->directory}};
  }
  return all;
}

std::vector<Objection> objections_to_folders(const Settings& settings, const Json& remembered,
                                             const std::vector<std::string>& running) {
  const std::vector<Folder> folders = folders_of(settings, remembered);
  std::vector<Objection> objections;
  for (const Folder& folder : folders) {
    if (std::ranges::count(running, folder.machine) > 0 && folder.served_in == folder.path)
      continue;
    const std::optional<NodeData> found = data_in(folder.path);
    if (const auto objection = found ? against_data(folder, *found) : against_unformatted(folder))
      objections.push_back(*objection);
  }
  if (objections.empty()) {
    if (const auto objection = against_two_clusters(folders)) objections.push_back(*objection);
  }
  return objections;
}

}  // namespace baker::kafka_probe
