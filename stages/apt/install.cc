#include "install.h"

#include <utility>

namespace baker::apt {
namespace {

constexpr const char* kFolderInRoot = "/run/baker/debs/";

void run_dpkg(Root& root, const DpkgCall& call, const Context& context) {
  // baker syncs the finished layer once, so dpkg need not sync each file. Changed configuration
  // files: keep the root's, take the package's where the root's was never touched.
  Command command{.argv = {"dpkg", "--force-unsafe-io", "--force-confdef", "--force-confold",
                           "--auto-deconfigure"},
                  .env = {{"DEBIAN_FRONTEND", "noninteractive"}}};
  command.argv.insert(command.argv.end(), call.arguments.begin(), call.arguments.end());
  for (const PackagePin& package : call.files) {
    const std::string file = kFolderInRoot + package.file_name();
    command.binds[context.file_of(to_pin(package))] = file;
    command.argv.push_back(file);
  }
  root.run(command);
}

std::vector<std::string> names_marked(const std::vector<PackagePin>& packages, Mark mark) {
  std::vector<std::string> names;
  for (const PackagePin& package : packages) {
    if (package.mark == mark) names.push_back(package.name);
  }
  return names;
}

void mark_packages(Root& root, const std::string& mark, const std::vector<std::string>& names) {
  if (names.empty()) return;
  Command command{.argv = {"apt-mark", "-qq", "-o", "Dir::Cache::pkgcache=", "-o",
                           "Dir::Cache::srcpkgcache=", mark}};
  command.argv.insert(command.argv.end(), names.begin(), names.end());
  root.run(command);
}

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

std::vector<DpkgCall> plan_dpkg_calls(const std::vector<PackagePin>& packages) {
  std::vector<DpkgCall> calls;
  std::vector<PackagePin> waiting;
  auto unpack_waiting = [&] {
    if (!waiting.empty())
      calls.push_back({{"--no-triggers", "--unpack"}, std::exchange(waiting, {})});
  };
  for (const PackagePin& package : packages) {
    if (!package.after.empty()) {
      unpack_waiting();
      calls.push_back({with({"--no-triggers", "--configure"}, package.after), {}});
    }
    if (package.remove) {
      unpack_waiting();
      // Whatever needed it is unpacked in a version that does not, or is removed as well.
      calls.push_back({{"--no-triggers", "--force-depends", "--remove", package.name}, {}});
    }
    if (package.has_file()) waiting.push_back(package);
  }
  if (calls.empty()) {
    if (!waiting.empty()) calls.push_back({{"--install"}, std::move(waiting)});
    return calls;
  }
  unpack_waiting();
  calls.push_back({{"--configure", "--pending"}, {}});
  return calls;
}

void install_packages(Root& root, const std::vector<PackagePin>& packages, const Context& context) {
  for (const DpkgCall& call : plan_dpkg_calls(packages)) run_dpkg(root, call, context);
  mark_packages(root, "auto", names_marked(packages, Mark::kAuto));
  mark_packages(root, "manual", names_marked(packages, Mark::kManual));
}

}  // namespace baker::apt
