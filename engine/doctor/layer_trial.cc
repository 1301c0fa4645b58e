#include "engine/doctor/layer_trial.h"

#include "engine/io/mount_table.h"
#include "engine/io/program_answer.h"

namespace baker {
namespace {

std::string remedy_for(const std::string& folder) {
  MountTable mounts;
  const Mount* mount = mounts.around(folder);
  if (mount && mount->type == "overlay")
    return " (it is on overlayfs, as all of a container is but its volumes: docker run "
           "--privileged "
           "-v baker-cache:" +
           folder + " …; another place can be given with --cache-dir)";
  return " (another place can be given with --cache-dir)";
}

}  // namespace

std::string why_no_layers(Store& store, const std::string& runner) {
  const WorkFolder folder = store.make_work_folder();
  const ProgramAnswer probe = ask_program({runner, "--check-overlay", folder.path()});
  if (probe.status == 0) return "";
  return "the cache " + store.folder() + " is on a file system that can't store layers: " +
         probe.text.substr(0, probe.text.find('\n')) + remedy_for(store.folder());
}

}  // namespace baker
