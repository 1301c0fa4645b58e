#include "tests/support/workbench.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/support/file_lock.h"
#include "tests/support/nested_host.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

// Any fixed day will do: with it mmdebstrap makes the same bytes again.
constexpr const char* kSourceDateEpoch = "1767225600";

std::string content_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The component main of its own release, as the host's apt has it in lines of its sources.
std::vector<std::string> archive_lines() {
  std::set<std::string> found;
  for (const AptArchive& archive : archives_of_host())
    if (archive.component == "main")
      found.insert("deb " + archive.uri + " " + archive.release + " main");
  return {found.begin(), found.end()};
}

// Of the host's own distribution, without traces of the host.
void bootstrap(const fs::path& folder, const fs::path& made,
               const std::vector<std::string>& options) {
  const fs::path unfinished = folder / ("unfinished-" + made.filename().string());
  fs::remove_all(unfinished);
  std::vector<std::string> argv = {
      "mmdebstrap",
      "--quiet",
      "--mode=root",
      "--variant=minbase",
      "--dpkgopt=force-unsafe-io",  // what a power cut would break is made again
      "--customize-hook=rm -f \"$1/etc/resolv.conf\" \"$1/etc/hostname\" "
      "\"$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap\""};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {host_codename(), unfinished.string()});
  for (const std::string& line : archive_lines()) argv.push_back(line);
  const Outcome outcome = run_program(argv, {{"SOURCE_DATE_EPOCH", kSourceDateEpoch}});
  if (outcome.exit_status != 0) throw std::runtime_error("mmdebstrap failed:\n" + outcome.all());
  fs::rename(unfinished, made);
}

// Several test programs run at once: one makes it, the others wait.
fs::path made_once(const std::string& name, const std::vector<std::string>& options) {
  const fs::path folder = BAKER_TEST_DATA;
  fs::create_directories(folder);
  const FileLock lock(folder / (name + ".lock"), LOCK_EX);
  if (!fs::exists(folder / name)) bootstrap(folder, folder / name, options);
  return folder / name;
}

}  // namespace

std::string host_codename() {
  const std::string release = content_of("/etc/os-release");
  std::smatch match;
  if (!std::regex_search(release, match, std::regex("VERSION_CODENAME=\"?([a-z]+)"))) {
    throw std::runtime_error("/etc/os-release has no VERSION_CODENAME: which Debian is this?");
  }
  return match[1];
}

std::vector<AptArchive> archives_of_host() {
  const std::string codename = host_codename();
  const Outcome targets =
      run_program({"apt-get", "indextargets", "--no-release-info", "--format",
                   "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"});
  std::vector<AptArchive> archives;
  std::istringstream lines(targets.out);
  for (AptArchive each; lines >> each.uri >> each.release >> each.component;)
    if (each.release == codename || each.release.starts_with(codename + "-"))
      archives.push_back(each);
  if (archives.empty()) throw std::runtime_error("no apt source of this host is for " + codename);
  return archives;
}

fs::path debian_tarball() {
  return made_once("debian.tar", {"--format=tar"});
}

fs::path bootable_debian() {
  return made_once("bootable-debian", {"--format=directory", "--include=systemd-sysv,dbus",
                                       "--customize-hook=: > \"$1/etc/machine-id\""});
}

void pack_bootable_debian(const fs::path& tarball) {
  const Outcome packed =
      run_program({"tar", "-C", bootable_debian(), "-cf", tarball, "--exclude=./dev/*", "."});
  if (packed.exit_status != 0) throw std::runtime_error("packing a root failed:\n" + packed.all());
}

fs::path debian_host() {
  return made_once(
      "debian-host",
      {"--format=directory",
       "--include=systemd-sysv,systemd-container,dbus,avahi-daemon,avahi-utils,iproute2,procps,"
       "bubblewrap,gpgv,libarchive13,libcurl4,librdkafka1,"
       "libspdlog1.10,libssl3",
       "--customize-hook=: > \"$1/etc/machine-id\"",
       "--customize-hook=systemctl --root=\"$1\" enable systemd-networkd.service",
       // What would come and go on its own while a test looks on.
       "--customize-hook=systemctl --root=\"$1\" mask systemd-networkd-wait-online.service "
       "console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer "
       "dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-tmpfiles-clean.timer"});
}

}  // namespace baker::testing
