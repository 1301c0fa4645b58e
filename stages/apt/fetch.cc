#include "fetch.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "host-apt/host_archives.h"
#include "lent_way.h"
#include "resolve.h"

namespace baker::apt {
namespace {

bool is_web(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

[[noreturn]] void throw_gone(const Context& context, const std::string& reason) {
  throw StageError(reason +
                   "\nif the publisher has removed what is pinned, pin what there is now: " +
                   context.command_line("update"));
}

// Repositories that are no web servers (file:, copy:, cdrom: and the like) are left to apt. Returns
// what it complains of; empty where the package is there now.
std::string fetch_with_apt(const Network& network, Root& root, const PackagePin& package,
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
  if (result.exit_status != 0) return complaint_of(result.output);
  const std::string file = context.scratch() + "/" + package.sha256;
  std::ofstream(file, std::ios::binary) << root.read_file(inside);
  network.add_to_downloads(file, package.sha256);
  return "";
}

// Several repositories may have one suite, as flat ones do: the digest tells the right one. Empty
// where one of them had it.
std::string fetch_from_one(const Network& network, Root& root, const PackagePin& package,
                           const std::vector<std::string>& urls, const Context& context) {
  std::string complaints;
  for (const std::string& url : urls) {
    const std::string complaint = fetch_with_apt(network, root, package, url, context);
    if (complaint.empty()) return "";
    complaints += (complaints.empty() ? "" : "\n") + complaint;
  }
  return "apt could not fetch " + package.file_name() + ":\n" + complaints;
}

// Those that are not there yet, from the so-many-th of their addresses.
void ask_host_apt(const Network& network, const std::vector<Download>& downloads,
                  const std::string& folder, std::size_t address) {
  std::vector<std::string> argv = {"/usr/lib/apt/apt-helper", "-o", "APT::Sandbox::User=root",
                                   "download-file"};
  const std::size_t without_files = argv.size();
  for (const Download& download : downloads) {
    const std::string file = folder + "/" + download.sha256;
    if (std::filesystem::exists(file) || address >= download.urls.size()) continue;
    argv.insert(argv.end(), {download.urls[address], file, "SHA256:" + download.sha256});
  }
  if (argv.size() > without_files)
    network.run({.argv = argv, .check = false});  // what is missing afterwards says it
}

// apt leaves the beginning of a file whose server has broken off.
void remove_unfinished(const Network& network, const std::vector<Download>& downloads,
                       const std::string& folder) {
  for (const Download& download : downloads) {
    const std::string file = folder + "/" + download.sha256;
    if (!std::filesystem::exists(file)) continue;
    const std::string digest = network.run({.argv = {"sha256sum", file}, .capture = true}).output;
    if (!digest.starts_with(download.sha256)) std::filesystem::remove(file);
  }
}

// By the proxies, and with the passwords and certificates, that only apt knows.
void download_as_host_does(const Network& network, const std::vector<Download>& downloads,
                           const Context& context) {
  const std::string folder = context.scratch() + "/debs";
  std::filesystem::create_directories(folder);
  std::size_t most = 0;
  for (const Download& download : downloads) most = std::max(most, download.urls.size());
  for (std::size_t address = 0; address < most; ++address) {
    ask_host_apt(network, downloads, folder, address);
    remove_unfinished(network, downloads, folder);
  }
  for (const Download& download : downloads) {
    const std::string file = folder + "/" + download.sha256;
    if (!std::filesystem::exists(file))
      throw Unreachable("the host's apt could not fetch " + download.name + " from " +
                        without_password(download.urls.front()) + "; `" +
                        context.command_line("log") + "` shows what it said");
    network.add_to_downloads(file, download.sha256);
    std::filesystem::remove(file);
  }
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

std::vector<std::string> urls_in_snapshots(const PackagePin& package,
                                           const std::vector<std::string>& snapshots,
                                           std::int64_t epoch) {
  constexpr std::string_view kTime = "${time}";
  const std::time_t seconds = epoch;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char time[sizeof "20260101T000000Z"];
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &utc);
  std::vector<std::string> urls;
  for (std::string url : snapshots) {
    if (const std::size_t at = url.find(kTime); at != std::string::npos)
      url.replace(at, kTime.size(), time);
    urls.push_back(url + (url.ends_with('/') ? "" : "/") + encode_path(package.path));
  }
  return urls;
}

void fetch_packages(Network& network, Root& root, const std::vector<PackagePin>& packages,
                    const std::vector<std::string>& snapshots, const Context& context) {
  const LentWay way = lend_way(network, context);
  const std::vector<Repository> repositories = repositories_in(root);
  std::vector<Download> downloads;
  for (const PackagePin& package : packages) {
    if (!package.has_file()) continue;
    std::vector<std::string> urls;
    for (const std::string& url : urls_of(package, repositories))
      for (std::string& each : without_mirror_lists(url, way)) urls.push_back(std::move(each));
    for (std::string& url : urls_in_snapshots(package, snapshots, context.source_date_epoch()))
      urls.push_back(std::move(url));
    if (urls.empty()) {
      throw_gone(context, "no source of the root has the suite \"" + package.suite + "\", where " +
                              package.file_name() + " was pinned from");
    }
    const auto others = std::stable_partition(urls.begin(), urls.end(), is_web);
    const std::vector<std::string> on_web(urls.begin(), others);
    if (others != urls.end()) {
      const std::string complaint =
          fetch_from_one(network, root, package, {others, urls.end()}, context);
      if (complaint.empty()) continue;
      if (on_web.empty()) throw_gone(context, complaint);
    }
    downloads.push_back({.urls = on_web, .sha256 = package.sha256, .name = package.file_name()});
  }
  try {
    if (!downloads.empty() && way.is_plain) network.download(downloads);
    if (!downloads.empty() && !way.is_plain) download_as_host_does(network, downloads, context);
  } catch (const Unreachable& error) {
    throw_gone(context, error.what());
  }
}

}  // namespace baker::apt
