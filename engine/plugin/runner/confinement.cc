#include "engine/plugin/runner/confinement.h"

#include "engine/base/digest.h"
#include "engine/io/files.h"
#include "engine/io/mounts.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace baker {
namespace {

// Makes something of the same kind at `to` and binds `from` there.
void show(const std::string& from, const std::string& to, bool read_only) {
  make_directories(parent_path(to));
  if (is_directory(from)) {
    make_directories(to);
  } else {
    open_or_throw(to, O_WRONLY | O_CREAT, 0644);
  }
  bind_mount(from, to, read_only);
}

void show_libraries(const std::string& folder) {
  for (const char* path : {"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib",
                           "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache"}) {
    if (!path_exists(path)) continue;
    const std::string to = folder + path;
    std::error_code none;
    if (std::filesystem::is_symlink(path, none)) {
      make_directories(parent_path(to));
      std::filesystem::create_symlink(std::filesystem::read_symlink(path), to);
    } else {
      show(path, to, true);
    }
  }
}

void show_kernel(const std::string& folder) {
  for (const char* device : {"null", "zero", "full", "random", "tty", "urandom"}) {
    show(std::string("/dev/") + device, folder + "/dev/" + device, false);
  }
  make_directories(folder + "/proc");
  if (mount("proc", (folder + "/proc").c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
            nullptr) != 0) {
    throw system_error("cannot mount /proc for a stage");
  }
  make_directories(folder + "/tmp", 01777);
  chmod((folder + "/tmp").c_str(), 01777);
}

std::string pinned_file(const nlohmann::json& pin) {
  for (const char* algorithm : {"sha512", "sha256"}) {
    if (pin.contains(algorithm))
      return std::string(algorithm) + "-" + pin.at(algorithm).get<std::string>();
  }
  return "";
}

}  // namespace

View host_view(const StageRequest& request, const std::string& root, const std::string& scratch) {
  return {root,    request.downloads_folder, "",
          scratch, request.plugin,           find_program("bwrap").value_or("")};
}

View confine(const StageRequest& request, const std::string& root, const std::string& folder) {
  const View view = {"/baker/root",    "/baker/downloads", "/baker/inputs",
                     "/baker/scratch", "/baker/plugin.so", "/baker/bwrap"};
  show_libraries(folder);
  show_kernel(folder);
  show(root, folder + view.root, false);
  show(request.plugin, folder + view.plugin, true);
  std::optional<std::string> bubblewrap = find_program("bwrap");
  if (bubblewrap) show(*bubblewrap, folder + view.bubblewrap, true);
  make_directories(folder + view.scratch);
  make_directories(folder + view.downloads);
  for (const nlohmann::json& pin : request.pins) {
    const std::string name = pinned_file(pin);
    if (name.empty() || path_exists(folder + view.downloads + "/" + name)) continue;
    show(request.downloads_folder + "/" + name, folder + view.downloads + "/" + name, true);
  }
  for (const RequestInput& input : request.inputs) {
    show(input.host_path, folder + view.inputs + "/" + input.name, true);
  }
  change_root(folder);
  View seen = view;
  if (!bubblewrap) seen.bubblewrap.clear();
  return seen;
}

}  // namespace baker
