#include "tests/support/workbench.h"

#include <fstream>
#include <regex>
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

std::string host_codename() {
  const std::string release = content_of("/etc/os-release");
  std::smatch match;
  if (!std::regex_search(release, match, std::regex("VERSION_CODENAME=\"?([a-z]+)"))) {
    throw std::runtime_error("/etc/os-release has no VERSION_CODENAME: which Debian is this?");
  }
  return match[1];
}

// Paragraphs of a deb822 file that name a suite of this release and the component main.
std::string matching_paragraphs(const std::string& text, const std::string& codename) {
  const std::regex suite("(^|\n)Suites:[^\n]*[ \t]" + codename + "([-/ \t\n]|$)");
  const std::regex component("(^|\n)Components:[^\n]*[ \t]main([ \t\n]|$)");
  std::string kept;
  const std::regex between("\n[ \t]*\n");
  for (std::sregex_token_iterator it(text.begin(), text.end(), between, -1), end; it != end; ++it) {
    const std::string paragraph = *it;
    if (std::regex_search(paragraph, suite) && std::regex_search(paragraph, component)) {
      kept += paragraph + "\n\n";
    }
  }
  return kept;
}

std::string matching_lines(const std::string& text, const std::string& codename) {
  const std::regex wanted("deb[ \t]+(\\[[^\\]]*\\][ \t]+)?[^ \t]+[ \t]+" + codename +
                          "([-/][^ \t]*)?[ \t]+(.*[ \t])?main([ \t].*)?");
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, wanted)) kept += line + "\n";
  }
  return kept;
}

// The host's own sources of its own distribution, as files that mmdebstrap reads as mirrors.
std::vector<std::string> write_mirrors(const fs::path& folder) {
  const std::string codename = host_codename();
  std::string lines = matching_lines(content_of("/etc/apt/sources.list"), codename);
  std::string paragraphs;
  std::error_code no_such_folder;
  for (const auto& entry : fs::directory_iterator("/etc/apt/sources.list.d", no_such_folder)) {
    const std::string text = content_of(entry.path());
    if (entry.path().extension() == ".list") lines += matching_lines(text, codename);
    if (entry.path().extension() == ".sources") paragraphs += matching_paragraphs(text, codename);
  }
  std::vector<std::string> files;
  for (const auto& [name, text] :
       {std::pair{"mirror.list", lines}, {"mirror.sources", paragraphs}}) {
    if (text.empty()) continue;
    std::ofstream(folder / name) << text;
    files.push_back((folder / name).string());
  }
  if (files.empty()) throw std::runtime_error("no apt source of this host is for " + codename);
  return files;
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
  const fs::path mirrors = folder / ("mirrors-of-" + made.filename().string());
  fs::create_directories(mirrors);
  for (const std::string& mirror : write_mirrors(mirrors)) argv.push_back(mirror);
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

fs::path debian_tarball() {
  return made_once("debian.tar", {"--format=tar"});
}

fs::path bootable_debian() {
  return made_once("bootable-debian", {"--format=directory", "--include=systemd-sysv,dbus",
                                       "--customize-hook=: > \"$1/etc/machine-id\""});
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
