#include "engine/plugin/catalogue.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/trusted_path.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace baker {
namespace {

constexpr std::string_view kDescriptorEnding = ".stage.toml";

// It runs as root. Whoever may change baker itself needs no plugin for that.
void check_trusted(const std::string& plugin) {
  const std::vector<PathExposure> of_plugin = exposures_of(plugin);
  if (of_plugin.empty()) return;
  std::error_code gone;
  const std::string own = std::filesystem::read_symlink("/proc/self/exe", gone);
  const std::vector<PathExposure> of_baker = exposures_of(own);
  for (const PathExposure& found : of_plugin)
    if (std::ranges::find(of_baker, found.how, &PathExposure::how) == of_baker.end())
      throw Error(ErrorCode::kInvalid,
                  "the plugin " + plugin + " is not loaded: it would run as root, and " +
                      found.how +
                      ". Let nobody but root write there, or call baker with sudo as that user");
}

}  // namespace

Catalogue::Catalogue(std::vector<std::string> folders) : folders_(std::move(folders)) {}

std::string Catalogue::folder_of(const std::string& type) const {
  if (type.empty() || type.find('/') != std::string::npos) return "";
  for (const std::string& folder : folders_) {
    if (path_exists(folder + "/" + type + std::string(kDescriptorEnding))) return folder;
  }
  return "";
}

const Descriptor* Catalogue::find(const std::string& type) {
  auto known = read_.find(type);
  if (known != read_.end()) return known->second.get();
  const std::string folder = folder_of(type);
  std::unique_ptr<Descriptor> descriptor;
  if (!folder.empty()) {
    descriptor = std::make_unique<Descriptor>(
        read_descriptor(folder + "/" + type + std::string(kDescriptorEnding), type));
  }
  return (read_[type] = std::move(descriptor)).get();
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> names;
  for (const std::string& folder : folders_) {
    for (const std::string& file : list_directory(folder)) {
      if (file.ends_with(kDescriptorEnding))
        names.push_back(file.substr(0, file.size() - kDescriptorEnding.size()));
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string Catalogue::plugin_file(const std::string& type) const {
  const std::string folder = folder_of(type);
  if (folder.empty())
    throw Error(ErrorCode::kInvalid, "there is no stage type \"" + type +
                                         "\" any more: put its plugin back, or name its folder "
                                         "with --plugin-dir");
  const std::string path = folder + "/" + type + ".so";
  if (!path_exists(path)) {
    throw Error(
        ErrorCode::kInvalid,
        "stage type \"" + type + "\" has a descriptor but no plugin: " + path + " is missing");
  }
  if (geteuid() == 0 && !trusted_.contains(path)) {
    check_trusted(path);
    trusted_.insert(path);
  }
  return path;
}

}  // namespace baker
