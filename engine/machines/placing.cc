#include "engine/machines/placing.h"

#include "engine/base/error.h"
#include "engine/io/detached_overlay.h"
#include "engine/io/files.h"
#include "engine/io/id_map.h"
#include "engine/io/root_dir.h"
#include "engine/machines/tree_mount.h"

#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>

namespace baker {
namespace {

// overlayfs takes 500; two are the machine's own.
constexpr size_t kMostLayers = 498;
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

// Whether what lies there goes when the host is started again, and the machines do not.
bool outlives(const std::string& machines, const std::string& store) {
  struct statfs system;
  struct stat of_store, of_machines;
  return statfs(store.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC &&
         stat(store.c_str(), &of_store) == 0 && stat(machines.c_str(), &of_machines) == 0 &&
         of_store.st_dev != of_machines.st_dev;
}

}  // namespace

std::string Placing::wish_for(const Stage& stage) const {
  if (!wishes_.call.empty()) return wishes_.call;
  std::string of_stage = place_option(stage);
  if (!of_stage.empty() && of_stage != "auto") return of_stage;
  return wishes_.host.empty() ? "auto" : wishes_.host;
}

bool Placing::satisfies_call(const std::string& method) const {
  return wishes_.call.empty() || wishes_.call == "auto" || method.empty() || wishes_.call == method;
}

const std::string& Placing::tried() {
  if (tried_) return *tried_;
  try {
    Trial(places_.machines).mount(places_.store + "/layers");
    tried_ = "";
  } catch (const Error& error) {
    tried_ = error.describe();
  }
  return *tried_;
}

PlaceChoice Placing::choose(const Stage& stage, const std::string& no_ids) {
  const std::string wish = wish_for(stage);
  if (wish != "auto" && wish != kMounted) return {wish, ""};
  if (wish == "auto" && outlives(places_.machines, places_.store))
    return {"",
            "the store " + places_.store + " lies in memory, and goes when the host is stopped"};
  const std::string obstacle = stage.root.size() > kMostLayers
                                   ? fmt::format("it stands on {} layers, and a mount takes {}",
                                                 stage.root.size(), kMostLayers)
                               : no_ids.empty() ? tried()
                                                : no_ids;
  if (obstacle.empty()) return {kMounted, ""};
  if (wish == "auto") return {"", "it can't be mounted: " + obstacle};
  throw Error("machine \"" + machine_of(stage) +
              "\" can't be mounted, as `place` wants it: " + obstacle);
}

}  // namespace baker
