#include "engine/machines/mountability.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/detached_overlay.h"
#include "engine/io/files.h"
#include "engine/io/id_map.h"
#include "engine/io/mount_table.h"
#include "engine/io/root_dir.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace baker {
namespace {

constexpr const char* kTrialName = ".baker-mount-trial-";

// Folders for one mount, on the file system of the machines.
class Trial {
 public:
  explicit Trial(const std::string& machines)
      : folder_(fmt::format("{}/{}{}", machines, kTrialName, getpid())) {
    remove_left(machines);
    for (const char* name : {"/upper", "/work"}) make_directories(folder_ + name, 0700);
  }
  ~Trial() {
    try {
      remove_tree(folder_);
    } catch (const Error&) {
      // The next baker tries it again.
    }
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void mount(const std::string& lower) const {
    make_detached_overlays({{.source = "baker",
                             .lowers = {lower},
                             .upper = folder_ + "/upper",
                             .work = folder_ + "/work",
                             .first_id = kIdsOfAMachine}});
  }

 private:
  // By bakers that were killed.
  static void remove_left(const std::string& machines) {
    for (const std::string& name : list_directory(machines))
      if (name.starts_with(kTrialName) &&
          !path_exists("/proc/" + name.substr(std::strlen(kTrialName))))
        remove_tree(machines + "/" + name);
  }

  std::string folder_;
};

bool is_mounted_at_boot(const std::string& point) {
  const std::string table = read_file_if_exists("/etc/fstab").value_or("");
  return std::ranges::any_of(split(table, '\n'), [&point](const std::string& line) {
    std::istringstream words(line);
    std::string source, where;
    return words >> source >> where && !source.starts_with('#') && where == point;
  });
}

}  // namespace

std::string why_not_mountable(const MachinePlaces& places) {
  try {
    Trial(places.machines).mount(places.store + "/layers");
    return "";
  } catch (const Error& error) {
    return error.describe();
  }
}

std::string why_they_outlive_the_store(const MachinePlaces& places) {
  MountTable mounts;
  const auto around = [&mounts](const std::string& path) {
    std::error_code none;
    const Mount* mount = mounts.around(std::filesystem::weakly_canonical(path, none));
    return mount ? *mount : Mount{};
  };
  const Mount of_store = around(places.store);
  const Mount of_machines = around(places.machines);
  const auto lies_in_memory = [](const Mount& mount) {
    return mount.type == "tmpfs" || mount.type == "ramfs";
  };
  if (of_store.device == of_machines.device || lies_in_memory(of_machines)) return "";
  if (lies_in_memory(of_store))
    return "the store " + places.store +
           " lies in memory, and is gone when the host is started again";
  if (of_store.source.starts_with("/dev/loop") && !is_mounted_at_boot(of_store.point))
    return "the store " + places.store +
           " lies in an image that is not mounted when the host is started: " + of_store.point +
           " is not in /etc/fstab";
  return "";
}

}  // namespace baker
