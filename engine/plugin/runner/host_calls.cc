// host.*: what is done with the host itself, for the steps that may see it.
#include "engine/base/error.h"
#include "engine/io/id_map.h"
#include "engine/io/made_folder.h"
#include "engine/io/process.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/environment.h"
#include "engine/plugin/runner/run_command.h"

#include <fmt/core.h>
#include <unistd.h>

namespace baker {
namespace {

using Json = Calls::Json;

std::vector<std::string> host_environment(const Calls& calls, const Json& command) {
  std::vector<std::string> entries;
  for (char** each = environ; *each; ++each) entries.emplace_back(*each);
  entries.push_back(fmt::format("SOURCE_DATE_EPOCH={}", calls.request().source_date_epoch));
  return environment_with(entries, command.at("env"));
}

std::string run_on_host(const Calls& calls, const Json& command, std::string_view input) {
  std::vector<std::string> argv;
  for (const Json& word : command.at("argv")) argv.push_back(word.get<std::string>());
  if (!find_program(argv.at(0))) {
    auto package = calls.request().packages.find(argv[0]);
    throw Error(
        "program \"" + argv[0] + "\" is not installed" +
        (package == calls.request().packages.end() ? "" : ": apt-get install " + package->second));
  }
  const std::string directory = command.at("directory").get<std::string>();
  return run_command(command, argv, host_environment(calls, command),
                     directory.empty() ? calls.view().scratch : directory, input);
}

std::string make_folder(const Calls& calls, const Json& arguments) {
  const std::string path = arguments.at("path").get<std::string>();
  if (!path.starts_with('/')) throw Error("\"" + path + "\" is not an absolute path");
  const Attributes attributes{arguments.at("mode").get<mode_t>(), arguments.at("uid").get<uid_t>(),
                              arguments.at("gid").get<gid_t>()};
  const bool ours = make_marked_folder(path, attributes, calls.request().state_folder);
  return Json({{"ours", ours}}).dump();
}

}  // namespace

void add_host_calls(Calls& calls) {
  calls.add("host.can-map-ids", [](const Json& arguments, std::string_view) {
    return Json({{"can", can_map_ids(arguments.at("path").get<std::string>())}}).dump();
  });
  calls.add("host.make-folder", [&calls](const Json& arguments, std::string_view) {
    return make_folder(calls, arguments);
  });
  calls.add("host.run", [&calls](const Json& command, std::string_view input) {
    return run_on_host(calls, command, input);
  });
}

}  // namespace baker
