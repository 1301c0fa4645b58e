#include "made_keys.h"

#include <algorithm>

#include "text/text.h"

namespace baker::apt {

// What a package brings has the time of when it was built.
std::vector<std::string> keys_made_since(Root& root, std::int64_t then) {
  const CommandResult result = root.run({.argv = {"find",
                                                  "/etc",
                                                  "/var/lib",
                                                  "-xdev",
                                                  "-type",
                                                  "f",
                                                  "-size",
                                                  "-65",
                                                  "-newermt",
                                                  "@" + std::to_string(then),
                                                  "(",
                                                  "-name",
                                                  "*.key",
                                                  "-o",
                                                  "-name",
                                                  "*_key",
                                                  "-o",
                                                  "-exec",
                                                  "grep",
                                                  "--quiet",
                                                  "--no-messages",
                                                  "--",
                                                  "PRIVATE KEY-----",
                                                  "{}",
                                                  ";",
                                                  ")",
                                                  "-print"},
                                         .capture = true});
  std::vector<std::string> keys = lines_of(result.output);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace baker::apt
