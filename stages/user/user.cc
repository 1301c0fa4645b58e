// `user`: accounts whose ids are known before anything runs, so that data on the host can belong to
// them. The files in /etc are edited directly: the tools of the root would choose ids and leave
// locks and backups.
#include <baker/stage.h>
#include <fmt/core.h>

#include <map>
#include <regex>
#include <string>

#include "accounts/accounts.h"

namespace baker {
namespace {

void require_account_name(const std::string& name) {
  static const std::regex kName("[a-z_][a-z0-9_-]{0,31}");
  if (std::regex_match(name, kName)) return;
  throw StageError(
      "\"" + name +
      "\" is not a valid name of a user or group: up to 32 of a-z, 0-9, \"-\" and \"_\", "
      "the first one no digit");
}

std::string id_of(const Options& options, const std::string& name) {
  return std::to_string(options.integer(name));
}

std::string primary_group(Accounts& accounts, const std::string& name, const Options& options) {
  if (options.has("group") && options.has("gid")) {
    throw StageError("user \"" + name + "\": give `group`, an existing group, or `gid`, not both");
  }
  if (options.has("group")) return accounts.gid_of(options.string("group"));
  const std::string gid = id_of(options, options.has("gid") ? "gid" : "uid");
  accounts.ensure_group(name, gid);
  return gid;
}

User user_of(Accounts& accounts, const std::string& name, const Options& options) {
  return {.name = name,
          .uid = id_of(options, "uid"),
          .gid = primary_group(accounts, name, options),
          .gecos = options.string("gecos"),
          .home = options.string("home"),
          .shell = options.string("shell")};
}

// A directory that someone else has is never taken from them: homes may be "/" or "/var".
void make_home(Root& root, const User& user, const std::string& mode) {
  const auto uid = static_cast<std::uint32_t>(std::stoul(user.uid));
  const auto gid = static_cast<std::uint32_t>(std::stoul(user.gid));
  const auto found = root.status(user.home);
  if (found && (found->type != 'd' || found->uid != uid)) {
    throw StageError(fmt::format(
        "the home of user \"{}\", \"{}\", is in the root already and belongs to uid {}; "
        "choose another home, or leave out `create-home`",
        user.name, user.home, found->uid));
  }
  if (found) return;
  const auto permissions = static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8));
  root.make_directory(user.home, {.mode = permissions, .uid = uid, .gid = gid});
}

struct Users : LayerStage {
  void run(Root& root, const Options& options) override {
    Accounts accounts(root, context().source_date_epoch());
    for (const auto& [name, group] : options.table_map("groups")) {
      require_account_name(name);
      accounts.ensure_group(name, id_of(group, "gid"));
    }
    std::map<std::string, User> users;
    for (const auto& [name, user] : options.table_map("users")) {
      require_account_name(name);
      accounts.require_user_free(name, id_of(user, "uid"));  // said before the same of its group
      users.emplace(name, user_of(accounts, name, user));
      accounts.ensure_user(users.at(name));
    }
    for (const auto& [name, user] : options.table_map("users")) {
      for (const std::string& group : user.strings("groups")) accounts.ensure_member(group, name);
      if (user.boolean("create-home")) make_home(root, users.at(name), user.string("home-mode"));
    }
    accounts.save(root);
  }
};

}  // namespace

BAKER_STAGE(Users)

}  // namespace baker
