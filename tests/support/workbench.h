// A folder for one test: a pipeline's files, and a baker whose cache, machines, state and settings
// all lie inside. Everything in it is gone when the test ends, however it ends: what a killed test
// left behind is removed by the next one.
#pragma once

#include "tests/support/host_program.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace baker::testing {

class Workbench {
 public:
  Workbench();
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path cache() const { return path_ / "cache"; }
  std::filesystem::path machines() const { return path_ / "machines"; }
  std::filesystem::path state() const { return path_ / "state"; }
  std::filesystem::path nspawn() const { return path_ / "nspawn"; }

  // Writes a file below path(), folders as needed; returns where it lies.
  std::filesystem::path write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;
  // Folders called "d", one in the other, below path(): as deep as a path can be, if wanted.
  void make_deep_folder(const std::string& name, int levels) const;

  // `baker COMMAND ARGUMENTS… --cache-dir … --machines-dir … --state-dir … --nspawn-dir …`, run in
  // path(). Extra environment on top of the test's own.
  // Commands that it suggests are tried, and have to be understood. `stages`, `exec`, `shell`,
  // `remote` and
  // `--version` get no folders.
  Outcome baker(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& env = {}) const;

  // The same as a command line, for who starts it otherwise: `baker` is argv[0].
  std::vector<std::string> command_line(const std::vector<std::string>& arguments) const;

  // The tree of the layer that `stage` of `pipeline` has in the cache (after a run).
  std::filesystem::path layer_of(const std::string& pipeline, const std::string& stage) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;  // held as long as the folder is in use
};

// Of this host's release, as "bookworm".
std::string host_codename();

// What its apt reads for that release, updates and security fixes among it. Throws where that is
// nothing.
struct AptArchive {
  std::string uri{};
  std::string release{};  // "bookworm-security"
  std::string component{};
};
std::vector<AptArchive> archives_of_host();

// A base root, made once per build folder by mmdebstrap from the host's own sources (minbase), kept
// in the build folder, and used as `{ tar = "…" }`.
std::filesystem::path debian_tarball();

// A tree with systemd and D-Bus, made as rarely, for BootedMachine. Nobody may change it: boot it
// with "--volatile=overlay".
std::filesystem::path bootable_debian();

// The same as a tarball, for pipelines: `{ tar = "…" }`.
void pack_bootable_debian(const std::filesystem::path& tarball);

}  // namespace baker::testing
