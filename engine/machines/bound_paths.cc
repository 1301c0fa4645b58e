#include "engine/machines/bound_paths.h"

#include "engine/base/text.h"

namespace baker {
namespace {

// Up to the first colon that no backslash stands before.
std::string source_of(std::string_view bind) {
  std::string path;
  for (size_t i = 0; i < bind.size() && bind[i] != ':'; ++i) {
    if (bind[i] == '\\' && i + 1 < bind.size()) ++i;
    path += bind[i];
  }
  return path;
}

}  // namespace

std::vector<std::string> bound_paths(std::string_view settings) {
  std::vector<std::string> paths;
  for (const std::string& line : split(settings, '\n')) {
    for (const std::string_view key : {"Bind=", "BindReadOnly="}) {
      if (!line.starts_with(key)) continue;
      // "-/path" may be absent, "+/path" lies in the machine's own tree.
      if (std::string path = source_of(std::string_view(line).substr(key.size()));
          path.starts_with('/'))
        paths.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace baker
