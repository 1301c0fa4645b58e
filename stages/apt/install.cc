#include "install.h"

#include <set>
#include <utility>

#include "text/text.h"

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

Command apt_mark(const std::string& mark, const std::vector<std::string>& names) {
  Command command{.argv = {"apt-mark", "-qq", "-o", "Dir::Cache::pkgcache=", "-o",
                           "Dir::Cache::srcpkgcache=", mark}};
  command.argv.insert(command.argv.end(), names.begin(), names.end());
  return command;
}

void mark_packages(Root& root, const std::string& mark, const std::vector<std::string>& names) {
  if (!names.empty()) root.run(apt_mark(mark, names));
}

// A repository's index can say of a file what its control file does not.
void check_installed(Root& root, const std::vector<PackagePin>& packages, const Context& context) {
  const std::string kForm = "${Package} ${Version} ${Architecture}\n";
  const std::vector<std::string> there = lines_of(
      root.run({.argv = {"dpkg-query", "--show", "--showformat", kForm}, .capture = true}).output);
  const std::set<std::string> installed(there.begin(), there.end());
  for (const PackagePin& package : packages) {
    const std::string name = package.name.substr(0, package.name.find(':'));
    if (!package.has_file() ||
        installed.contains(name + " " + package.version + " " + package.architecture))
      continue;
    const std::string file = kFolderInRoot + package.file_name();
    const std::string found = root.run({.argv = {"dpkg-deb", "--show", "--showformat", kForm, file},
                                        .binds = {{context.file_of(to_pin(package)), file}},
                                        .capture = true})
                                  .output;
    throw StageError("the repository calls " + package.file_name() + " what it is not: it is " +
                     trimmed(found));
  }
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

void preseed(Root& root, const std::vector<std::string>& answers) {
  if (answers.empty()) return;
  const CommandResult result =
      root.run({.argv = {"sh", "-c", "exec debconf-set-selections --verbose 2>&1"},
                .input = joined(answers, "\n") + "\n",
                .capture = true,
                .check = false});
  if (result.exit_status != 0 || result.output.find("warning:") != std::string::npos ||
      result.output.find("error:") != std::string::npos)
    throw StageError(
        "debconf does not understand `preseed`, whose lines are PACKAGE QUESTION TYPE VALUE:\n" +
        result.output);
}

void hold(Root& root, const std::vector<std::string>& packages) {
  if (packages.empty()) return;
  Command command = apt_mark("hold", packages);
  command.capture = true;
  command.check = false;
  const CommandResult result = root.run(command);
  if (result.exit_status != 0)
    throw StageError("`hold` names what the root does not have: " + joined(packages, ", "));
}

void install_packages(Root& root, const std::vector<PackagePin>& packages, const Context& context) {
  for (const DpkgCall& call : plan_dpkg_calls(packages)) run_dpkg(root, call, context);
  check_installed(root, packages, context);
  mark_packages(root, "auto", names_marked(packages, Mark::kAuto));
  mark_packages(root, "manual", names_marked(packages, Mark::kManual));
}

}  // namespace baker::apt
