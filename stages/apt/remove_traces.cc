#include "remove_traces.h"

#include "java_keystore.h"

#include <string_view>
#include <vector>

namespace baker::apt {
namespace {

constexpr const char* kLeftBehind[] = {
    "/etc/.pwd.lock",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/passwd-",
    "/etc/shadow-",
    "/etc/subgid-",
    "/etc/subuid-",
    "/var/cache/apt/pkgcache.bin",
    "/var/cache/apt/srcpkgcache.bin",
    "/var/cache/ldconfig/aux-cache",
    "/var/lib/dpkg/lock",
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/triggers/Lock",
    "/var/log/alternatives.log",
    "/var/log/dpkg.log",
    "/var/log/fontconfig.log",
};

struct Rest {
  const char* folder;
  std::string_view suffix;
};
constexpr Rest kRests[] = {
    {"/var/cache/debconf", "-old"},
    {"/var/cache/fontconfig", ""},
    {"/var/cache/man", ""},
    {"/var/lib/dpkg", "-old"},
};

// Made at random by maintainer scripts; a machine makes its own when it starts: the stage type
// `snapshot` sees to it.
constexpr const char* kIdentities[] = {
    "/var/lib/dbus/machine-id",
    "/etc/ssl/private/ssl-cert-snakeoil.key",
    "/etc/ssl/certs/ssl-cert-snakeoil.pem",
    "/etc/nvme/hostnqn",
    "/etc/nvme/hostid",
};

std::set<std::string> identities_in(const Root& root) {
  std::set<std::string> found;
  for (const std::string& name : root.list("/etc/ssh")) {
    if (name.starts_with("ssh_host_")) found.insert("/etc/ssh/" + name);
  }
  for (const std::string& name : root.list("/etc/dropbear")) {
    if (name.ends_with("_host_key")) found.insert("/etc/dropbear/" + name);
  }
  for (const char* path : kIdentities)
    if (root.exists(path)) found.insert(path);
  const auto machine_id = root.status("/etc/machine-id");
  if (machine_id && machine_id->size > 0) found.insert("/etc/machine-id");
  return found;
}

void collect_logs(const Root& root, const std::string& folder,
                  std::map<std::string, std::uint64_t>& logs) {
  for (const std::string& name : root.list(folder)) {
    const std::string path = folder + "/" + name;
    const auto status = root.status(path);
    if (!status) continue;
    if (status->type == 'd') collect_logs(root, path, logs);
    if (status->type == 'f') logs.emplace(path, status->size);
  }
}

void remove_rests(Root& root) {
  for (const char* path : kLeftBehind) root.remove(path);
  for (const Rest& rest : kRests) {
    for (const std::string& name : root.list(rest.folder)) {
      if (name.ends_with(rest.suffix)) root.remove(std::string(rest.folder) + "/" + name);
    }
  }
}

// A log that a package brings is emptied, not removed: its owner and mode are the package's wish.
void empty_logs(Root& root, const Before& before) {
  std::map<std::string, std::uint64_t> logs;
  collect_logs(root, "/var/log", logs);
  for (const auto& [path, size] : logs) {
    const auto old = before.logs.find(path);
    if (size == 0 || (old != before.logs.end() && old->second == size)) continue;
    const auto status = root.status(path);
    root.write_file(path, "", {.mode = status->mode, .uid = status->uid, .gid = status->gid});
  }
}

void remove_identities(Root& root, const Before& before) {
  for (const std::string& path : identities_in(root)) {
    if (before.identities.contains(path)) continue;
    if (path == "/etc/machine-id") {
      root.write_file(path, "", {.mode = 0444});  // empty: set at the first start
    } else {
      root.remove(path);
    }
  }
}

void fix_keystore_times(Root& root, std::int64_t source_date_epoch) {
  const std::string path = "/etc/ssl/certs/java/cacerts";
  const auto status = root.status(path);
  if (!status || status->type != 'f') return;
  auto sha1 = [&root](const std::string& bytes) {
    return root.run({.argv = {"sha1sum"}, .input = bytes, .capture = true}).output.substr(0, 40);
  };
  const auto settled = with_timestamps(root.read_file(path), source_date_epoch, sha1);
  if (!settled) return;
  root.write_file(path, *settled, {.mode = status->mode, .uid = status->uid, .gid = status->gid});
}

}  // namespace

Before logs_and_identities(const Root& root) {
  Before before{.identities = identities_in(root)};
  collect_logs(root, "/var/log", before.logs);
  return before;
}

void remove_traces(Root& root, const Before& before, std::int64_t source_date_epoch) {
  remove_rests(root);
  empty_logs(root, before);
  remove_identities(root, before);
  fix_keystore_times(root, source_date_epoch);
}

}  // namespace baker::apt
