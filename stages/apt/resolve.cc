#include "resolve.h"

#include "missing_package.h"
#include "package_plan.h"

namespace baker::apt {
namespace {

struct Answer {
  bool good = false;
  std::string text{};
};

// apt's complaints go to standard error and its plan to standard output; both are read here.
Answer ask_apt(Root& root, const std::vector<std::string>& arguments) {
  Command command{.argv = {"sh", "-c", "exec apt-get \"$@\" 2>&1", "apt-get"},
                  .network = true,
                  .capture = true,
                  .check = false};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  CommandResult result = root.run(command);
  return {result.exit_status == 0, std::move(result.output)};
}

// What apt's words mean for whoever wrote the pipeline.
std::string advice_on(const std::string& complaint) {
  constexpr std::pair<const char*, const char*> kAdvice[] = {
      {"NO_PUBKEY", "another key than the `key` of the repository has signed it"},
      {"EXPKEYSIG", "the key has expired: its owner may have published it anew"},
      {"REVKEYSIG", "the key's owner has revoked it: ask there for the new one"},
      {"BADSIG", "what arrived is not what was signed: a proxy or mirror may have changed it"},
      {"is not valid yet", "is the clock of this host right?"},
      {"is expired", "the mirror is no longer kept up, or the clock of this host is wrong"},
      {"407", "the proxy wants a password"},
      {"401",
       "the repository wants a password: /etc/apt/auth.conf.d of this host is where it "
       "belongs, apt_auth.conf(5)"},
      {"certificate", "the server's certificate is not one that this host trusts"}};
  for (const auto& [words, advice] : kAdvice)
    if (complaint.find(words) != std::string::npos) return std::string("\n") + advice;
  return "";
}

void update_lists(Root& root) {
  // Without Error-Mode a source that does not answer is only a warning, and what it offers would
  // silently be missing from the pins.
  Answer answer = ask_apt(
      root, {"-o", "Acquire::Languages=none", "-o", "APT::Update::Error-Mode=any", "update"});
  if (answer.good) return;
  const std::string complaint = complaint_of(answer.text);
  throw StageError("the root's apt could not read its sources (apt-get update):\n" + complaint +
                   advice_on(complaint));
}

std::string names_of(const Request& request) {
  std::string names;
  for (const std::string& package : request.packages) {
    names += (names.empty() ? "\"" : ", \"") + package + "\"";
  }
  return "packages = [" + names + "]" + (request.upgrade ? ", upgrade = true" : "");
}

std::string ask_for_plan(Root& root, const Request& request, std::vector<std::string> arguments) {
  const std::string recommends = request.recommends ? "true" : "false";
  // A version that the pipeline names may be older than the one in the root.
  arguments.insert(arguments.end(), {"-o", "APT::Install-Recommends=" + recommends, "-o",
                                     "APT::Install-Suggests=false", "--allow-downgrades",
                                     request.upgrade ? "dist-upgrade" : "install", "--"});
  arguments.insert(arguments.end(), request.packages.begin(), request.packages.end());
  Answer answer = ask_apt(root, arguments);
  if (answer.good) return answer.text;
  const std::string complaint = complaint_of(answer.text);
  throw StageError("apt can't do what the options ask for (" + names_of(request) + "):\n" +
                   complaint + advice_on_missing(root, complaint));
}

std::vector<Repository> ask_for_repositories(Root& root) {
  return parse_repositories(
      ask_apt(root, {"indextargets", "--format", kRepositoryFormat, "Created-By: Packages"}).text);
}

}  // namespace

std::vector<Repository> repositories_in(Root& root) {
  const CommandResult result =
      root.run({.argv = {"apt-get", "indextargets", "--no-release-info", "--format",
                         kRepositoryFormat, "Created-By: Packages"},
                .capture = true});
  return parse_repositories(result.output);
}

void require_apt(const Root& root) {
  if (root.exists("/usr/bin/apt-get")) return;
  throw StageError(
      "the root has no apt (/usr/bin/apt-get): `from` must lead to a Debian or Ubuntu root");
}

std::vector<PackagePin> resolve_packages(Root& root, const Request& request) {
  update_lists(root);
  const Plan plan = parse_plan(ask_for_plan(root, request, {"-q=0", "-s"}));
  // /tmp is empty: a .deb that lies in the root's own cache would have no address.
  const std::vector<PackageUri> uris =
      parse_uris(ask_for_plan(root, request,
                              {"-qq", "--print-uris", "-o", "Acquire::ForceHash=SHA256", "-o",
                               "Dir::Cache::archives=/tmp/"}));
  return pin_plan(plan, uris, ask_for_repositories(root), request.packages);
}

}  // namespace baker::apt
