#include "engine/cli/programs.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"

#include <cstdlib>
#include <filesystem>

namespace baker {
namespace {

std::string own_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

}  // namespace

std::string own_program(const std::string& name) {
  for (const std::string& folder :
       {own_folder(), absolute_path(own_folder() + "/" BAKER_LIBEXEC_FROM_BIN)}) {
    if (path_exists(folder + "/" + name)) return folder + "/" + name;
  }
  throw Error("program \"" + name + "\" is missing beside baker (" + own_folder() +
              "): install baker again");
}

std::vector<std::string> plugin_folders(const std::vector<std::string>& given) {
  for (const std::string& folder : given)
    if (!std::filesystem::is_directory(folder))
      throw Error(ErrorCode::kInvalid, "--plugin-dir " + folder + ": there is no such folder");
  std::vector<std::string> folders = given;
  if (const char* path = std::getenv("BAKER_PLUGIN_PATH")) {
    for (const std::string& folder : split(path, ':')) {
      if (!folder.empty()) folders.push_back(folder);
    }
  }
  for (const char* own : {"/../plugins", "/" BAKER_PLUGINS_FROM_BIN})
    folders.push_back(absolute_path(own_folder() + own));
  return folders;
}

}  // namespace baker
