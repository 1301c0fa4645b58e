#include "engine/io/detached_overlay.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/id_map.h"
#include "engine/io/mounts.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

namespace baker {
namespace {

// A folder of every host in which none of baker's lie. The mounts that an overlay is made from lie
// over it, in a mount namespace of their own.
constexpr const char* kBench = "/sys";
constexpr size_t kMostOfOptions = 4095;  // bytes; mount(2) cuts what is more

void make_mount_point(const std::string& name) {
  if (mkdir(name.c_str(), 0700) != 0) throw system_error("cannot make a mount point");
}

class Bench {
 public:
  Bench() {
    mount_tmpfs(kBench, "mode=0700");
    if (chdir(kBench) != 0) throw system_error("cannot enter a new mount");
  }
  ~Bench() { umount2(kBench, MNT_DETACH); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  UniqueFd make(const OverlayParts& parts) {
    const std::string lowers = mount_lowers(parts);
    // Short names without characters that mean something in the options.
    make_link("upper", parts.upper);
    make_link("work", parts.work);
    make_mount_point("overlay");
    const bool on_one = std::ranges::all_of(parts.lowers, [&parts](const std::string& lower) {
      return on_one_file_system(lower, parts.upper);
    });
    // Without redirect_dir no folder of a layer can be renamed: dpkg and systemd's DynamicUser do
    // it. With an index, equal layers that were made again are refused. With xino a machine sees
    // one device, whichever file systems its parts lie on.
    const std::string options = "lowerdir=" + lowers +
                                ",upperdir=upper,workdir=work,redirect_dir=on,index=off,"
                                "metacopy=off" +
                                (on_one ? "" : ",xino=on");
    if (options.size() > kMostOfOptions)
      throw Error(fmt::format("{} layers are more than one mount takes", parts.lowers.size()));
    if (mount(parts.source.c_str(), "overlay", "overlay", 0, options.c_str()) != 0)
      throw system_error(fmt::format("cannot mount {} layers with what is written to {}",
                                     parts.lowers.size(), parts.upper),
                         parts.upper);
    UniqueFd overlay = copy_of_mount("overlay");
    check_writable(overlay.get(), parts);
    return overlay;
  }

  static bool is_in_use(const std::string& upper) {
    for (const char* folder : {"lower", "elsewhere"}) make_mount_point(folder);
    make_mount_point("overlay");
    make_link("upper", upper);
    const int failed = mount("baker", "overlay", "overlay", 0,
                             "lowerdir=lower,upperdir=upper,workdir=elsewhere,index=on");
    return failed != 0 && errno == EBUSY;
  }

 private:
  static void make_link(const char* name, const std::string& to) {
    if (symlink(to.c_str(), name) != 0) throw system_error("cannot make a link to " + to);
  }

  static std::string mount_lowers(const OverlayParts& parts) {
    UniqueFd users;
    if (parts.first_id != 0) users = user_namespace(parts.first_id);
    std::string names;
    for (size_t i = parts.lowers.size(); i-- > 0;) {
      const std::string name = std::to_string(i);
      const UniqueFd layer = copy_of_mount(parts.lowers[i]);
      if (users.valid()) map_ids(layer.get(), users.get(), parts.lowers[i]);
      make_mount_point(name);
      attach_mount(layer.get(), name);
      names += name + (i > 0 ? ":" : "");
    }
    return names;
  }

  static void check_writable(int overlay, const OverlayParts& parts) {
    struct statfs status;
    if (fstatfs(overlay, &status) == 0 && (status.f_flags & ST_RDONLY) == 0) return;
    throw Error("the kernel mounted what is written to " + parts.upper +
                " read-only; its log (dmesg) says why");
  }
};

// What belongs to a thread alone, mount namespace and working directory, ends with it. `work` is
// called there, and lives as long as that takes.
template <typename Work>
auto begin_in_a_mount_namespace(const Work& work) {
  return std::async(std::launch::async, [&work] {
    if (unshare(CLONE_NEWNS) != 0) throw system_error("cannot make a mount namespace");
    make_mounts_private();
    return work();
  });
}

template <typename Work>
auto in_a_mount_namespace(const Work& work) {
  return begin_in_a_mount_namespace(work).get();
}

}  // namespace

// overlayfs looks whether the folder is in use before it finds that `work` lies elsewhere, which it
// does here; and minds it where it is to keep an index.
bool is_upper_in_use(const std::string& upper) {
  return in_a_mount_namespace([&upper] { return Bench().is_in_use(upper); });
}

UniqueFd copy_of_mount_in(pid_t process, const std::string& point) {
  return in_a_mount_namespace([&] {
    const UniqueFd other = open_or_throw(fmt::format("/proc/{}/ns/mnt", process), O_RDONLY);
    if (setns(other.get(), CLONE_NEWNS) != 0)
      throw system_error(fmt::format("cannot look at the mounts of process {}", process));
    UniqueFd copy = copy_of_mount(point);
    mount_attr as_new{};
    as_new.attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    as_new.propagation = MS_PRIVATE;
    if (mount_setattr(copy.get(), "", AT_EMPTY_PATH, &as_new, sizeof as_new) != 0)
      throw system_error(fmt::format("cannot change what process {} has mounted", process));
    return copy;
  });
}

UniqueFd copy_of_mount(const std::string& path) {
  UniqueFd copy(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!copy.valid()) throw system_error("cannot mount " + path);
  return copy;
}

std::vector<UniqueFd> make_detached_overlays(const std::vector<OverlayParts>& overlays) {
  std::vector<UniqueFd> made(overlays.size());
  std::atomic<size_t> next = 0;
  const auto make_some = [&] {
    for (size_t i; (i = next++) < overlays.size();) made[i] = Bench().make(overlays[i]);
  };
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<void>> threads;
  for (size_t i = 0; i < std::min(processors, overlays.size()); ++i)
    threads.push_back(begin_in_a_mount_namespace(make_some));
  for (std::future<void>& thread : threads) thread.wait();
  for (std::future<void>& thread : threads) thread.get();
  return made;
}

void attach_mount(int mount, const std::string& at) {
  if (move_mount(mount, "", AT_FDCWD, at.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    throw system_error("cannot mount at " + at);
}

}  // namespace baker
