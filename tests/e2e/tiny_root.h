// A root that is just enough to run a shell script in: the host's /bin/sh and the libraries that it
// needs. Made in a blink, where a distribution would be a waste.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>

#include "tests/support/host_program.h"

namespace baker::testing {

// The text of a stage called `name`.
inline std::string tiny_root(const std::string& name) {
  const std::string shell = std::filesystem::canonical("/bin/sh");
  std::ostringstream stage;
  stage << "[stage." << name
        << "]\nuses = \"files\"\ndirectories = { \"/tmp\" = { mode = \"1777\" } }\n"
        << "[stage." << name << ".files]\n"
        << "\"/bin/sh\" = { source = \"" << shell << "\", mode = \"0755\" }\n";
  std::istringstream words(run_program({"ldd", shell}).out);
  for (std::string word; words >> word;) {
    if (!word.starts_with('/')) continue;
    stage << "\"" << word << "\" = { source = \"" << std::filesystem::canonical(word).string()
          << "\", mode = \"0755\" }\n";
  }
  return stage.str();
}

}  // namespace baker::testing
