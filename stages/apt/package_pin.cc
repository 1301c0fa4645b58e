#include "package_pin.h"

namespace baker::apt {

std::string PackagePin::file_name() const {
  return name.substr(0, name.find(':')) + "_" + version + "_" + architecture + ".deb";
}

Pin to_pin(const PackagePin& package) {
  Pin pin = {{"name", package.name}};
  if (!package.version.empty()) pin["version"] = package.version;
  if (!package.architecture.empty()) pin["architecture"] = package.architecture;
  if (package.has_file()) {
    pin["sha256"] = package.sha256;
    pin["size"] = package.size;
    pin["suite"] = package.suite;
    pin["path"] = package.path;
  }
  if (!package.after.empty()) pin["after"] = package.after;
  if (package.mark != Mark::kLeave) pin["mark"] = package.mark == Mark::kAuto ? "auto" : "manual";
  if (package.remove) pin["remove"] = true;
  return pin;
}

PackagePin to_package(const Pin& pin) {
  const std::string mark = pin.value("mark", "");
  return {.name = pin.at("name").get<std::string>(),
          .version = pin.value("version", ""),
          .architecture = pin.value("architecture", ""),
          .sha256 = pin.value("sha256", ""),
          .size = pin.value("size", std::uint64_t{0}),
          .suite = pin.value("suite", ""),
          .path = pin.value("path", ""),
          .after = pin.value("after", std::vector<std::string>{}),
          .mark = mark == "auto"     ? Mark::kAuto
                  : mark == "manual" ? Mark::kManual
                                     : Mark::kLeave,
          .remove = pin.value("remove", false)};
}

std::vector<PackagePin> to_packages(const Pins& pins) {
  std::vector<PackagePin> packages;
  for (const Pin& pin : pins) packages.push_back(to_package(pin));
  return packages;
}

}  // namespace baker::apt
