#include "local_repository.h"

#include <fstream>
#include <stdexcept>

#include "tests/support/host_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

std::string run_in(const std::vector<std::string>& argv, const fs::path& directory) {
  const Outcome outcome = run_program(argv, {}, directory);
  if (outcome.exit_status != 0) throw std::runtime_error(argv[0] + " failed:\n" + outcome.all());
  return outcome.out;
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
}

}  // namespace

fs::path LocalRepository::add(const TestPackage& package) const {
  const fs::path tree = folder_ / "build";
  write(tree / "DEBIAN/control", "Package: " + package.name + "\nVersion: " + package.version +
                                     "\nArchitecture: " + package.architecture +
                                     "\nMaintainer: A Test <test@example.org>\n" + package.fields +
                                     "Description: made by a test\n");
  write(tree / "usr/share" / package.name / "version", package.version + "\n");
  for (const auto& [name, commands] : package.scripts) {
    write(tree / "DEBIAN" / name, "#!/bin/sh -e\n" + commands + "\n");
    fs::permissions(tree / "DEBIAN" / name, fs::perms{0755});
  }
  if (!package.templates.empty()) write(tree / "DEBIAN/templates", package.templates);
  fs::path deb =
      folder_ / (package.name + "_" + package.version + "_" + package.architecture + ".deb");
  run_in({"dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, deb}, folder_);
  fs::remove_all(tree);
  return deb;
}

void LocalRepository::publish() const {
  write(folder_ / "Packages", run_in({"dpkg-scanpackages", "--multiversion", "."}, folder_));
}

}  // namespace baker::testing
