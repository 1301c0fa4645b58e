// baker remote: what lies in the shared cache, and the key that records are signed with.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/programs.h"
#include "engine/cli/remote.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/program_answer.h"
#include "engine/upkeep/used.h"

#include <fmt/core.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <set>

namespace baker {
namespace {

int print_key(const Settings& settings) {
  const std::string file = remote_settings(settings).key_file;  // a key belongs to no remote
  const bool is_there = path_exists(file);
  const ProgramAnswer answer =
      ask_program({own_program("baker-remote"), is_there ? "public-key" : "make-key", file});
  if (answer.status != 0) throw Error(answer.text.substr(answer.text.find(": ") + 2));
  if (!is_there) std::fprintf(stderr, "made %s; keep it secret\n", file.c_str());
  std::printf("%s\n", answer.text.c_str());
  return 0;
}

struct Lying {
  size_t records = 0;
  size_t contents = 0;
  std::uint64_t bytes = 0;
};

Lying sum_of(const nlohmann::json& entries) {
  Lying sum;
  for (const nlohmann::json& entry : entries) {
    ++(entry.value("tag", "").starts_with("r-") ? sum.records : sum.contents);
    sum.bytes += entry.value("bytes", std::uint64_t{0});
  }
  return sum;
}

int print_status(const Settings& settings) {
  const RemoteSettings remote = needed_remote(settings);
  nlohmann::json request = request_to(remote);
  request["keys"] = nlohmann::json::array({std::string(64, '0')});
  ask_remote("find", request);
  std::printf("%s answers\n", remote.url.c_str());
  std::printf("what is baked here is %s\n",
              may_push(remote) ? ("signed with " + remote.key_file + ", and pushed").c_str()
                               : "not pushed: there is no key to sign it with");
  std::printf(
      "whose layers are used: %s\n",
      remote.trust.empty() && !may_push(remote)
          ? "nobody's, as no key is trusted"
          : fmt::format("{}those of {} trusted key{}", may_push(remote) ? "our own, and " : "",
                        remote.trust.size(), remote.trust.size() == 1 ? "" : "s")
                .c_str());
  try {
    const Lying there = sum_of(ask_remote("list", request));
    std::printf("it holds %zu layers and %zu pinned files, %s\n", there.records, there.contents,
                human_bytes(there.bytes).c_str());
  } catch (const Error& error) {
    std::printf("what it holds is not known: %s\n", error.describe().c_str());
  }
  return 0;
}

// As the remote calls what pipelines of this host use.
std::set<std::string> used_tags(const Settings& settings) {
  const std::unique_ptr<FileOps> files = real_file_ops();
  const Used used = used_of(Store(absolute_path(settings.cache_dir), *files));
  std::set<std::string> tags;
  for (const std::string& key : used.keys) tags.insert("r-" + key);
  for (const std::string& file : used.downloads) tags.insert("c-" + digest_of(file).hex());
  return tags;
}

// What this host uses stays, and of the rest what was pushed a short while ago.
int collect_remote(const Settings& settings) {
  const RemoteSettings remote = needed_remote(settings);
  if (!may_push(remote))
    throw Error(
        "whoever removes from a remote has the key that its records are signed with, and "
        "there is none to be read at " +
        remote.key_file);
  const std::set<std::string> used = used_tags(settings);
  const std::int64_t oldest =
      time(nullptr) -
      settings.keep_days.value_or(read_host_settings().cache.keep_days) * kSecondsOfADay;
  nlohmann::json request = request_to(remote);
  nlohmann::json names = nlohmann::json::array(), going = nlohmann::json::array();
  const nlohmann::json entries = ask_remote("list", request);
  for (const nlohmann::json& entry : entries) {
    if (used.contains(entry.value("tag", "")) || entry.value("pushed", std::int64_t{0}) > oldest)
      continue;
    names.push_back(entry.value("name", ""));
    going.push_back(entry);
  }
  request["names"] = names;
  if (!settings.dry_run && !names.empty()) ask_remote("remove", request);
  const Lying gone = sum_of(going), all = sum_of(entries);
  std::printf("%s %zu layers and %zu pinned files, %s; %s stay\n",
              settings.dry_run ? "would remove" : "removed", gone.records, gone.contents,
              human_bytes(gone.bytes).c_str(), human_bytes(all.bytes - gone.bytes).c_str());
  return 0;
}

}  // namespace

int command_remote(const Settings& settings) {
  if (settings.action == "key") return print_key(settings);
  return settings.action == "gc" ? collect_remote(settings) : print_status(settings);
}

}  // namespace baker
