#include "fetch.h"

#include <algorithm>
#include <fstream>

namespace baker::apt {
namespace {

bool is_web(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

// The lists need not be there: --no-release-info prints what the sources alone say.
std::vector<Repository> repositories_of(Root& root) {
  CommandResult result = root.run({.argv = {"apt-get", "indextargets", "--no-release-info",
                                            "--format", kRepositoryFormat, "Created-By: Packages"},
                                   .capture = true});
  return parse_repositories(result.output);
}

[[noreturn]] void throw_gone(const Context& context, const std::string& reason) {
  throw StageError(reason +
                   "\nif the publisher has removed what is pinned, pin what there is now: " +
                   context.command_line("update"));
}

// Repositories that are no web servers (file:, copy:, cdrom: and the like) are left to apt.
void fetch_with_apt(const Network& network, Root& root, const PackagePin& package,
                    const std::string& url, const Context& context) {
  const std::string inside = "/var/cache/apt/archives/" + package.sha256;
  const std::string source = url.starts_with("file:") ? "copy:" + url.substr(5) : url;
  CommandResult result =
      root.run({.argv = {"sh", "-c", "exec \"$@\" 2>&1", "sh", "/usr/lib/apt/apt-helper", "-o",
                         "APT::Sandbox::User=root", "download-file", source, inside,
                         "SHA256:" + package.sha256},
                .network = true,
                .capture = true,
                .check = false});
  if (result.exit_status != 0) {
    throw_gone(context,
               "apt could not fetch " + package.file_name() + ":\n" + complaint_of(result.output));
  }
  const std::string file = context.scratch() + "/" + package.sha256;
  std::ofstream(file, std::ios::binary) << root.read_file(inside);
  network.add_to_downloads(file, package.sha256);
}

}  // namespace

std::vector<std::string> urls_of(const PackagePin& package,
                                 const std::vector<Repository>& repositories) {
  std::vector<std::string> urls;
  for (const Repository& repository : repositories) {
    if (repository.release != package.suite) continue;
    const std::string url = repository.base + encode_path(package.path);
    if (std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
  }
  return urls;
}

void fetch_packages(const Network& network, Root& root, const std::vector<PackagePin>& packages,
                    const Context& context) {
  const std::vector<Repository> repositories = repositories_of(root);
  std::vector<Download> downloads;
  for (const PackagePin& package : packages) {
    if (!package.has_file()) continue;
    const std::vector<std::string> urls = urls_of(package, repositories);
    if (urls.empty()) {
      throw_gone(context, "no source of the root has the suite \"" + package.suite + "\", where " +
                              package.file_name() + " was pinned from");
    }
    if (is_web(urls.front())) {
      downloads.push_back({.urls = urls, .sha256 = package.sha256, .name = package.file_name()});
    } else {
      fetch_with_apt(network, root, package, urls.front(), context);
    }
  }
  try {
    if (!downloads.empty()) network.download(downloads);
  } catch (const Unreachable& error) {
    throw_gone(context, error.what());
  }
}

}  // namespace baker::apt
