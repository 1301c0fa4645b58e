#include "engine/remote/credentials.h"

#include "engine/base/error.h"
#include "engine/io/files.h"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

namespace baker {
namespace {

std::string of_environment(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

std::string default_file() {
  if (const std::string file = of_environment("REGISTRY_AUTH_FILE"); !file.empty()) return file;
  std::vector<std::string> files;
  if (const std::string folder = of_environment("XDG_RUNTIME_DIR"); !folder.empty())
    files.push_back(folder + "/containers/auth.json");
  files.push_back("/run/containers/" + std::to_string(getuid()) + "/auth.json");
  if (const std::string home = of_environment("HOME"); !home.empty()) {
    files.push_back(home + "/.config/containers/auth.json");
    files.push_back(home + "/.docker/config.json");
  }
  for (const std::string& file : files)
    if (path_exists(file)) return file;
  return "";
}

}  // namespace

std::optional<std::string> credentials_for(const std::string& host, const std::string& path,
                                           const std::string& given) try {
  const std::string file = given.empty() ? default_file() : given;
  if (file.empty()) return std::nullopt;
  const nlohmann::json auths = nlohmann::json::parse(read_file(file), nullptr, false)
                                   .value("auths", nlohmann::json::object());
  for (std::string name = host + (path.empty() ? "" : "/" + path);; name.erase(name.rfind('/'))) {
    for (const std::string& form : {name, "https://" + name, "http://" + name})
      if (auths.contains(form) && auths[form].contains("auth") && auths[form]["auth"].is_string())
        return auths[form]["auth"].get<std::string>();
    if (name.find('/') == std::string::npos) return std::nullopt;
  }
} catch (const nlohmann::json::exception&) {
  throw Error("the file with passwords (" + (given.empty() ? default_file() : given) +
              ") is not as `skopeo login` writes it");
}

}  // namespace baker
