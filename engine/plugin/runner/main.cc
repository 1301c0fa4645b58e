// baker-stage-runner: one step of one stage, in namespaces of its own. Started by baker, never by
// hand. This process is PID 1 of its PID namespace: it mounts the root, lets a child (which alone
// loads the plugin) do the step, waits, and seals the layer. When it ends, the kernel takes every
// process and every mount of the stage with it. Only a probe has the host's PID namespace, to enter
// machines; its processes end with the one that started them.
#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "engine/io/file_attributes.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/mounts.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/plugin/input_copy.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/confinement.h"
#include "engine/plugin/runner/events.h"
#include "engine/plugin/runner/plugin_library.h"
#include "engine/plugin/runner/reply_check.h"
#include "engine/plugin/runner/root_mount.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <sstream>

namespace baker {
namespace {

using Json = nlohmann::json;

// How the child tells that it came to the end: a plugin that ends the process says something else.
constexpr int kStepDone = 101;
constexpr int kStepFailed = 102;

bool bakes(const StageRequest& request) {
  return request.step == "run";
}

bool has_root(const StageRequest& request) {
  return bakes(request) || request.needs_root;
}

// Folders of one step, below the work folder. `space` is a tmpfs that only this runner sees.
struct Folders {
  explicit Folders(const std::string& work)
      : layer(work + "/layer"),
        tree(layer + "/tree"),
        overlay_work(work + "/overlay-work"),
        space(work + "/space"),
        root(space + "/root"),
        small(work + "/small"),
        view(space + "/view"),
        scratch(work + "/scratch"),
        inputs(work + "/inputs") {}
  std::string layer, tree, overlay_work, space, root, small, view, scratch, inputs;
};

Folders make_folders(const StageRequest& request) {
  Folders folders(request.work_folder);
  // Those that prepare machines share the folder, and each has its own in its place.
  if (!request.machine.empty()) mount_tmpfs(request.work_folder);
  make_directories(folders.scratch);
  if (!has_root(request)) return folders;
  for (const std::string& folder :
       {folders.layer, folders.tree, folders.overlay_work, folders.space}) {
    make_directories(folder);
  }
  chmod(folders.layer.c_str(), 0700);  // as it will lie in the store
  mount_tmpfs(folders.space);
  for (const std::string& folder : {folders.root, folders.small, folders.view})
    make_directories(folder);
  return folders;
}

// What the cache's own folder hands down (its group, a default ACL) is no part of a root.
void disown(const std::string& folder) {
  const UniqueFd fd = open_or_throw(folder, O_RDONLY | O_DIRECTORY);
  apply_attributes(fd.get(), {.mode = 0755, .uid = 0, .gid = 0});
}

void warn(const std::string& text) {
  emit_event({{"event", "log"}, {"level", "warning"}, {"text", text}});
}

// Whether the pinned content that this boot has not looked at yet is what its name says.
bool verify_downloads(const StageRequest& request) {
  bool all = true;
  for (const std::string& name : request.unverified) {
    const HashAlgorithm algorithm =
        name.starts_with("sha512-") ? HashAlgorithm::kSha512 : HashAlgorithm::kSha256;
    const Digest found = digest_file(request.downloads_folder + "/" + name, algorithm);
    const bool intact = found.file_name() == name;
    emit_event({{"event", "pinned-content"}, {"file", name}, {"intact", intact}});
    all = all && intact;
  }
  return all;
}

std::optional<Stack> mount_stage_root(const StageRequest& request, const Folders& folders) {
  if (!has_root(request)) return std::nullopt;
  for (const std::string& folder : {folders.tree, folders.small}) disown(folder);
  return mount_root(request.layers,
                    {folders.root, folders.tree, folders.overlay_work, folders.small, ""});
}

// NAME/ beside NAME.so.
std::string data_folder_of(const std::string& plugin) {
  return std::filesystem::path(plugin).replace_extension();
}

// In the child: everything from here on may be at the mercy of the plugin. Returns how it went.
int perform(const StageRequest& request, const Folders& folders) {
  View view;
  if (bakes(request)) {
    mount_tmpfs(folders.view);
    view = confine(request, folders.root, folders.view);
  } else {
    view = host_view(request, folders.root, folders.scratch);
  }
  Calls calls(request, view);
  add_root_calls(calls);
  add_command_calls(calls);
  if (has_root(request)) calls.add_tree("", view.root);
  if (!bakes(request)) add_host_calls(calls);
  if (request.step == "resolve" || request.step == "fetch") add_network_calls(calls);
  if (request.step == "apply") add_machine_calls(calls);
  if (request.kind == "probe") add_probe_calls(calls);

  const std::string name = request.plugin.substr(request.plugin.rfind('/') + 1);
  PluginLibrary plugin(view.plugin, name);
  Json told = {{"options", request.options},
               {"pins", request.pins},
               {"architecture", request.architecture},
               {"source-date-epoch", request.source_date_epoch},
               {"downloads", view.downloads},
               {"before", request.before},
               {"commands", request.commands},
               {"data", data_folder_of(view.plugin)},
               {"scratch", view.scratch}};
  // What is resolved and baked may be another stage's as well, under another name.
  if (request.step != "resolve" && request.step != "run") told["stage"] = request.stage;
  const std::string sent = told.dump();
  std::string reply;
  const int status =
      plugin.table().perform(request.step.c_str(), {sent.data(), sent.size()}, calls.table(),
                             {&reply, [](void* to, const char* data, size_t size) {
                                static_cast<std::string*>(to)->append(data, size);
                              }});
  if (status == BAKER_OK) check_reply(request.step, reply, request.machine);
  emit_event({{"event", "result"}, {"status", status}, {"reply", reply}});
  return status == BAKER_OK ? kStepDone : kStepFailed;
}

[[noreturn]] void run_child(const StageRequest& request, const Folders& folders) {
  int outcome = kStepFailed;
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (bakes(request) && unshare(CLONE_NEWNS) != 0)  // the parent's shows the layer that it seals
      throw Error("cannot make a mount namespace");
    // Programs look themselves up in /proc by the numbers of this PID namespace (bubblewrap does).
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
      throw system_error("cannot mount /proc for a stage");
    }
    outcome = perform(request, folders);
  } catch (const Error& error) {
    emit_event({{"event", "result"}, {"status", BAKER_FAILED}, {"reply", error.describe()}});
  } catch (const std::exception& error) {
    emit_event({{"event", "result"},
                {"status", BAKER_FAILED},
                {"reply", std::string("the runner failed: ") + error.what()}});
  }
  std::fflush(nullptr);
  _exit(outcome);
}

// What a probe left behind has become our child. Each that ends hands us its own.
void end_orphans() {
  const std::string children = fmt::format("/proc/self/task/{}/children", getpid());
  for (;;) {
    std::istringstream pids(read_file_if_exists(children).value_or(""));
    bool any = false;
    for (pid_t pid; pids >> pid; any = true) kill(pid, SIGKILL);
    if (!any) return;
    waitpid(-1, nullptr, 0);
  }
}

// Reaps whatever ends in this PID namespace until the child does. What the stage started and left
// behind is ended then: it must not write into a layer that is being sealed.
int wait_for(pid_t child) {
  int status = 0;
  for (pid_t ended = 0; ended != child;) {
    ended = waitpid(-1, &status, 0);
    if (ended < 0 && errno != EINTR) throw system_error("cannot wait for the stage");
  }
  if (getpid() != 1) {
    end_orphans();
    return status;
  }
  kill(-1, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  return status;
}

std::string crash_of(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return "the plugin crashed: SIG" + std::string(name ? name : "?") +
           (name && std::strcmp(name, "KILL") == 0 ? " (out of memory?)" : "");
  }
  if (WEXITSTATUS(status) == kStepDone || WEXITSTATUS(status) == kStepFailed) return "";
  return fmt::format("the plugin ended its process, with status {}, instead of returning",
                     WEXITSTATUS(status));
}

void seal(const StageRequest& request, const Folders& folders, const Stack* root,
          std::int64_t started) {
  umount2(folders.root.c_str(), MNT_DETACH);
  constexpr size_t kWrittenAtOnce = size_t{1} << 20;
  const std::string path = folders.layer + "/listing";
  const UniqueFd file = open_or_throw(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  Hasher digest;
  std::string lines;
  auto write_lines = [&] {
    digest.update(lines);
    write_all(file.get(), lines, path);
    lines.clear();
  };
  seal_tree(folders.tree, {request.source_date_epoch, started, root}, [&](std::string_view line) {
    lines += line;
    if (lines.size() >= kWrittenAtOnce) write_lines();
  });
  write_lines();
  const Listing listing = Listing::map_file(path);
  emit_event({{"event", "layer"},
              {"digest", digest.finish().hex()},
              {"bytes", listing.content_bytes()},
              {"entries", listing.size()}});
}

// Invalid where the name does not lead there. In a chroot the kernel tells the name of what another
// mount namespace has as it is outside: then it is the end of that name.
UniqueFd open_here(const std::string& name, const struct stat& meant) {
  for (size_t from = 0; from != std::string::npos; from = name.find('/', from + 1)) {
    UniqueFd here(open(name.c_str() + from, O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat found;
    if (here.valid() && fstat(here.get(), &found) == 0 && found.st_ino == meant.st_ino &&
        found.st_dev == meant.st_dev)
      return here;
  }
  return {};
}

// overlayfs takes only what is mounted in this mount namespace; the engine opened the layers in its
// own. The engine may be moving a layer into the store just now: then its name is asked for again.
void reopen_layer(const RequestLayer& layer) {
  struct stat meant;
  fstat(layer.fd, &meant);
  const std::string link = fmt::format("/proc/self/fd/{}", layer.fd);
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::error_code error;
    const UniqueFd here = open_here(std::filesystem::read_symlink(link, error).string(), meant);
    if (!here.valid()) continue;
    dup3(here.get(), layer.fd, O_CLOEXEC);
    return;
  }
  throw Error("the layer of stage \"" + layer.stage + "\" is gone from the cache");
}

int run() {
  StageRequest request = StageRequest::from_json(read_all(kRequestFd));
  make_mounts_private();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (const RequestLayer& layer : request.layers) reopen_layer(layer);
  const std::int64_t started = time(nullptr);
  const Folders folders = make_folders(request);
  if (!verify_downloads(request)) throw Error("pinned content in the cache is damaged");
  if (bakes(request) && !request.inputs.empty())  // from here on they are copies
    copy_inputs(request, folders.inputs, warn);
  const std::optional<Stack> root = mount_stage_root(request, folders);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) run_child(request, folders);
  if (child < 0) throw Error("cannot start a process");
  const int ended = wait_for(child);
  const std::string crash = crash_of(ended);
  if (!crash.empty()) {
    emit_event({{"event", "crash"}, {"text", crash}});
    return 1;
  }
  if (WEXITSTATUS(ended) == kStepFailed) return 1;
  if (bakes(request)) seal(request, folders, root ? &*root : nullptr, started);
  return 0;
}

// Whether the file system of `folder` can hold overlayfs's upper layers: by a real mount.
int check_overlay(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0) throw Error("cannot make a mount namespace");
  make_mounts_private();
  for (const char* name : {"lower", "upper", "work", "merged"})
    make_directories(folder + "/" + name);
  mount_overlay({{folder + "/lower"}, folder + "/upper", folder + "/work"}, folder + "/merged");
  return 0;
}

}  // namespace
}  // namespace baker

int main(int argc, char** argv) {
  // Commands that a stage runs inherit nothing but their standard streams.
  close_range(baker::kRequestFd, ~0U, CLOSE_RANGE_CLOEXEC);
  umask(022);
  if (argc == 3 && std::strcmp(argv[1], "--check-overlay") == 0) {
    try {
      return baker::check_overlay(argv[2]);
    } catch (const baker::Error& error) {
      std::printf("%s\n", error.what());
      return 1;
    }
  }
  if (fcntl(baker::kEventsFd, F_GETFD) < 0) {
    std::fputs("baker starts this program; it is of no use by itself\n", stderr);
    return 2;
  }
  try {
    return baker::run();
  } catch (const baker::Error& error) {
    baker::emit_event({{"event", "result"}, {"status", BAKER_FAILED}, {"reply", error.describe()}});
  } catch (const std::exception& error) {
    baker::emit_event({{"event", "result"},
                       {"status", BAKER_FAILED},
                       {"reply", std::string("the runner failed: ") + error.what()}});
  }
  return 1;
}
