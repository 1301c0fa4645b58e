#include "host_get.h"

#include <filesystem>

#include "host_archives.h"
#include "host_files.h"
#include "text/text.h"
#include "way_to_servers.h"

namespace baker {
namespace {

std::string complaints_in(const std::string& said) {
  std::string complaints;
  for (const std::string& line : lines_of(said))
    if (line.starts_with("E: ")) complaints += (complaints.empty() ? "" : "; ") + line.substr(3);
  return without_password(complaints);
}

}  // namespace

std::optional<std::string> get_as_host_does(const Network& network, const Context& context,
                                            const std::string& url) {
  if (way_to_servers(network).is_plain()) {
    try {
      return network.get(url);
    } catch (const Unreachable& error) {
      if (std::string_view(error.what()).find("HTTP 404") == std::string_view::npos) throw;
      return std::nullopt;
    }
  }
  const std::string file = context.scratch() + "/got-by-apt";
  std::filesystem::remove(file);
  const CommandResult got =
      network.run({.argv = {"sh", "-c", "exec /usr/lib/apt/apt-helper \"$@\" 2>&1", "apt-helper",
                            "-o", "APT::Sandbox::User=root", "-o", "Acquire::http::Timeout=20",
                            "download-file", url, file},
                   .capture = true,
                   .check = false});
  if (got.exit_status == 0) return host_file(file);
  const std::string complaints = complaints_in(got.output);
  if (complaints.find(" 404 ") != std::string::npos) return std::nullopt;
  throw Unreachable("the host's apt could not get " + without_password(url) + ": " + complaints);
}

}  // namespace baker
