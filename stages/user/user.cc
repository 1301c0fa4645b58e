// `user`: accounts whose ids are known before anything runs, so that data on the host can belong to
// them. The files in /etc are edited directly: the tools of the root would choose ids and leave
// locks and backups.
#include <baker/stage.h>
#include <fmt/core.h>

#include <map>
#include <optional>
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

std::string primary_group(Accounts& accounts, const std::string& name, const Options& options,
                          const std::string& uid) {
  if (options.has("group") && options.has("gid")) {
    throw StageError("user \"" + name + "\": give `group`, an existing group, or `gid`, not both");
  }
  if (options.has("group")) return accounts.gid_of(options.string("group"));
  const std::string gid = options.has("gid") ? id_of(options, "gid") : uid;
  accounts.ensure_group(name, gid);
  return gid;
}

// Of a user that is there, all that is not said stays.
User user_of(Accounts& accounts, const std::string& name, const Options& options) {
  const std::optional<User> existing = accounts.user(name);
  if (!existing && !options.has("uid"))
    throw StageError("there is no user \"" + name + "\" in the root: give it a `uid`");
  User user = existing.value_or(User{.name = name,
                                     .uid = "",
                                     .gid = "",
                                     .gecos = "",
                                     .home = "/nonexistent",
                                     .shell = "/usr/sbin/nologin"});
  if (options.has("uid")) user.uid = id_of(options, "uid");
  accounts.require_user_free(name, user.uid);  // said before the same of its group
  if (!existing || options.has("group") || options.has("gid"))
    user.gid = primary_group(accounts, name, options, user.uid);
  if (options.has("gecos")) user.gecos = options.string("gecos");
  if (options.has("home")) user.home = options.string("home");
  if (options.has("shell")) user.shell = options.string("shell");
  return user;
}

void require_hash(const std::string& name, const std::string& hash) {
  static const std::regex kHash(R"(\$[0-9a-z]+\$[^:\s]+)");  // crypt(5)
  if (std::regex_match(hash, kHash)) return;
  throw StageError("user \"" + name +
                   "\": `password` is the hash of one, which layers hold: `openssl passwd -6` asks "
                   "for a password and prints it");
}

void set_password(Accounts& accounts, const std::string& name, const Options& options) {
  if (options.has("password")) {
    require_hash(name, options.string("password"));
    accounts.set_password(name, options.string("password"));
  }
  if (options.boolean("locked")) accounts.lock(name);
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

void require_public_key(const std::string& name, const std::string& key) {
  static const std::regex kKey(R"([^\n]*\bAAAA[A-Za-z0-9+/=]+( [^\n]*)?)");  // sshd(8)
  if (std::regex_match(key, kKey)) return;
  throw StageError("user \"" + name + "\": \"" + key +
                   "\" is no public key; it is the line of a file such as ~/.ssh/id_ed25519.pub");
}

// Keys that are there stay.
void authorize_keys(Root& root, const User& user, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  const auto home = root.status(user.home);
  if (!home)
    throw StageError("user \"" + user.name + "\" has no home for its keys: \"" + user.home +
                     "\" is not in the root; `create-home = true` makes it");
  const std::string file = user.home + "/.ssh/authorized_keys";
  std::string text = root.exists(file) ? root.read_file(file) : "";
  if (!text.empty() && !text.ends_with('\n')) text += "\n";
  for (const std::string& key : keys) {
    require_public_key(user.name, key);
    if (("\n" + text).find("\n" + key + "\n") == std::string::npos) text += key + "\n";
  }
  const auto uid = static_cast<std::uint32_t>(std::stoul(user.uid));
  const auto gid = static_cast<std::uint32_t>(std::stoul(user.gid));
  root.make_directory(user.home + "/.ssh", {.mode = 0700, .uid = uid, .gid = gid});
  root.write_file(file, text, {.mode = 0600, .uid = uid, .gid = gid});
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
      users.emplace(name, user_of(accounts, name, user));
      accounts.ensure_user(users.at(name));
      set_password(accounts, name, user);
    }
    for (const auto& [name, user] : options.table_map("users")) {
      for (const std::string& group : user.strings("groups")) accounts.ensure_member(group, name);
      if (user.boolean("create-home")) make_home(root, users.at(name), user.string("home-mode"));
      authorize_keys(root, users.at(name), user.strings("authorized-keys"));
    }
    accounts.save(root);
  }
};

}  // namespace

BAKER_STAGE(Users)

}  // namespace baker
