#include "package_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "text/text.h"

namespace baker::apt {
namespace {

// Several suites often share one base address: the archive that apt names decides between them.
const Repository& repository_of(const PackageUri& package, const PlanStep& step,
                                const std::vector<Repository>& repositories) {
  const Repository* found = nullptr;
  auto fits = [&](const Repository& repository) {
    if (!package.uri.starts_with(repository.base)) return 0;
    return has_word(step.archives, repository.archive) ? 2 : 1;
  };
  for (const Repository& repository : repositories) {
    if (fits(repository) > (found ? fits(*found) : 0)) found = &repository;
  }
  if (!found) {
    throw StageError("apt wants " + package.file + " from " + package.uri +
                     ", which is below none of the repositories in the root's sources");
  }
  return *found;
}

// An asked-for name may end with apt's "+"; names such as g++ do by themselves.
std::set<std::string> asked_for(const std::vector<std::string>& requests, const Plan& plan) {
  std::set<std::string> names(plan.selected.begin(), plan.selected.end());
  for (const std::string& request : requests) {
    std::string name = name_of_request(request);
    names.insert(name);
    if (name.ends_with('+')) names.insert(name.substr(0, name.size() - 1));
  }
  return names;
}

Mark mark_of(const PlanStep& step, const std::set<std::string>& asked) {
  const bool is_new = step.old_version.empty();
  const bool is_asked_for = asked.contains(name_of_request(step.name));
  if (is_new) return is_asked_for ? Mark::kLeave : Mark::kAuto;
  return is_asked_for ? Mark::kManual : Mark::kLeave;
}

PackagePin pin_unpack(const PlanStep& step, const std::map<std::string, PackageUri>& uris,
                      const std::vector<Repository>& repositories) {
  PackagePin package{.name = step.name, .version = step.version, .architecture = step.architecture};
  const auto uri = uris.find(package.file_name());
  if (uri == uris.end()) {
    throw StageError("apt wants to install " + package.file_name() +
                     ", but prints no address for it");
  }
  if (uri->second.sha256.empty()) {
    throw StageError("the repository of " + uri->second.uri +
                     " has no SHA-256 for it, so it can't be pinned");
  }
  const Repository& repository = repository_of(uri->second, step, repositories);
  package.sha256 = uri->second.sha256;
  package.size = uri->second.size;
  package.suite = repository.release;
  package.path = decode_path(uri->second.uri.substr(repository.base.size()));
  if (package.path.starts_with("./")) package.path.erase(0, 2);  // of a flat repository
  return package;
}

}  // namespace

std::string name_of_request(const std::string& request) {
  return request.substr(0, request.find_first_of("=/:"));
}

std::vector<PackagePin> pin_plan(const Plan& plan, const std::vector<PackageUri>& uris,
                                 const std::vector<Repository>& repositories,
                                 const std::vector<std::string>& requests) {
  std::map<std::string, PackageUri> uri_of;
  for (const PackageUri& uri : uris) uri_of.emplace(uri.file, uri);
  const std::set<std::string> asked = asked_for(requests, plan);

  std::vector<PackagePin> packages;
  std::vector<std::string> configured;
  for (const PlanStep& step : plan.steps) {
    if (step.action == PlanStep::Action::kConfigure) {
      configured.push_back(step.name);
      continue;
    }
    PackagePin package;
    if (step.action == PlanStep::Action::kRemove) {
      package = {.name = step.name, .version = step.old_version, .remove = true};
    } else {
      package = pin_unpack(step, uri_of, repositories);
      package.mark = mark_of(step, asked);
    }
    package.after = std::move(configured);
    configured.clear();
    packages.push_back(std::move(package));
  }
  for (const std::string& name : plan.now_manual) {
    packages.push_back({.name = name, .mark = Mark::kManual});
  }
  return packages;
}

}  // namespace baker::apt
