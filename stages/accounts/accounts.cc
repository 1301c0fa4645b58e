#include "accounts.h"

#include <algorithm>

namespace baker {
namespace {

constexpr const char* kPasswd = "/etc/passwd";
constexpr const char* kGroup = "/etc/group";
constexpr const char* kShadow = "/etc/shadow";
constexpr const char* kGshadow = "/etc/gshadow";
constexpr const char* kLocked = "!";
constexpr const char* kNobodys = "*";   // a hash that no password has
constexpr const char* kInShadow = "x";  // in passwd: the hash stands in shadow
constexpr std::int64_t kSecondsOfADay = 86400;
constexpr size_t kId = 2;       // of passwd and group
constexpr size_t kMembers = 3;  // of group and gshadow
constexpr size_t kHash = 1;     // of passwd and shadow
constexpr size_t kGid = 3;      // of passwd, as what follows
constexpr size_t kGecos = 4;
constexpr size_t kHome = 5;
constexpr size_t kShell = 6;

std::string required_text(const Root& root, const char* file) {
  if (root.exists(file)) return root.read_file(file);
  throw StageError(std::string("the root has no ") + file +
                   ": put this stage on a base root with `from`");
}

std::string optional_text(const Root& root, const char* file) {
  return root.exists(file) ? root.read_file(file) : "";
}

void save_file(Root& root, const char* file, const std::string& text) {
  const std::optional<FileStatus> before = root.status(file);
  if (!before || root.read_file(file) == text) return;
  if (before->type != 'f')
    throw StageError(std::string(file) + " of the root is no file, so no account can be changed");
  root.write_file(file, text, {.mode = before->mode, .uid = before->uid, .gid = before->gid});
}

// Existing entries may have fewer fields than the format says.
AccountFile::Entry widened(AccountFile::Entry entry, size_t fields) {
  if (entry.size() < fields) entry.resize(fields);
  return entry;
}

// `kind` is "user" or "group". Throws where only one of name and id is the wanted one.
void require_free(const AccountFile& file, const std::string& kind, const std::string& name,
                  const std::string& id) {
  const auto same_name = file.named(name);
  if (same_name && widened(*same_name, kId + 1)[kId] != id) {
    throw StageError("the " + kind + " \"" + name + "\" is in the root already, with the id " +
                     widened(*same_name, kId + 1)[kId] + " instead of " + id +
                     "; use that id, or another name");
  }
  const auto same_id = file.entry_with(kId, id);
  if (!same_name && same_id) {
    throw StageError("the " + kind + " \"" + name + "\" can't have the id " + id +
                     ": in the root it belongs to \"" + same_id->at(0) + "\"; choose another id");
  }
}

// An empty one lets everybody in.
bool lets_in(const std::string& hash) {
  return !hash.starts_with('!') && !hash.starts_with('*');
}

// Day 0 would make its user choose a new password at once (shadow(5)).
std::string day_of(std::int64_t epoch) {
  const std::int64_t day = epoch / kSecondsOfADay;
  return day > 0 ? std::to_string(day) : "";
}

}  // namespace

Accounts::Accounts(const Root& root, std::int64_t epoch)
    : passwd_(required_text(root, kPasswd)),
      group_(required_text(root, kGroup)),
      shadow_(optional_text(root, kShadow)),
      has_shadow_(root.exists(kShadow)),
      gshadow_(optional_text(root, kGshadow)),
      last_change_(day_of(epoch)) {}

bool Accounts::has_user(const std::string& name) const {
  return passwd_.named(name).has_value();
}

std::optional<User> Accounts::user(const std::string& name) const {
  const auto entry = passwd_.named(name);
  if (!entry) return std::nullopt;
  const AccountFile::Entry fields = widened(*entry, kShell + 1);
  return User{.name = name,
              .uid = fields[kId],
              .gid = fields[kGid],
              .gecos = fields[kGecos],
              .home = fields[kHome],
              .shell = fields[kShell]};
}

void Accounts::require_user_free(const std::string& name, const std::string& uid) const {
  require_free(passwd_, "user", name, uid);
}

void Accounts::ensure_group(const std::string& name, const std::string& gid) {
  require_free(group_, "group", name, gid);
  if (!group_.named(name)) group_.put({name, "x", gid, ""});
  if (!gshadow_.named(name)) gshadow_.put({name, kLocked, "", ""});
}

void Accounts::ensure_user(const User& user) {
  require_user_free(user.name, user.uid);
  const auto existing = passwd_.named(user.name);
  const std::string hash = existing && existing->size() > kHash ? existing->at(kHash) : kInShadow;
  passwd_.put({user.name, hash, user.uid, user.gid, user.gecos, user.home, user.shell});
  if (!shadow_.named(user.name)) {
    shadow_.put({user.name, kLocked, last_change_, "0", "99999", "7", "", "", ""});
  }
}

void Accounts::ensure_member(const std::string& group, const std::string& user) {
  gid_of(group);
  for (AccountFile* file : {&group_, &gshadow_}) {
    auto entry = file->named(group);
    if (!entry) continue;
    *entry = widened(*entry, kMembers + 1);
    entry->at(kMembers) = with_member(entry->at(kMembers), user);
    file->put(*entry);
  }
}

// Where there is no shadow file, the hash stands in passwd.
void Accounts::set_password(const std::string& user, const std::string& hash) {
  auto in_passwd = passwd_.named(user);
  if (!in_passwd) throw StageError("there is no user \"" + user + "\"");
  in_passwd->at(kHash) = has_shadow_ ? kInShadow : hash;
  passwd_.put(*in_passwd);
  if (!has_shadow_) return;
  auto entry = shadow_.named(user);
  if (!entry) entry = AccountFile::Entry{user, "", "", "0", "99999", "7", "", "", ""};
  *entry = widened(*entry, kHash + 2);
  entry->at(kHash) = hash;
  entry->at(kHash + 1) = last_change_;
  shadow_.put(*entry);
}

void Accounts::lock(const std::string& user) {
  if (!lets_in(password_of(user))) return;
  AccountFile& file = passwd_.named(user)->at(kHash) == kInShadow ? shadow_ : passwd_;
  auto entry = file.named(user);
  entry->at(kHash) = kLocked + entry->at(kHash);
  file.put(*entry);
}

std::vector<std::string> Accounts::users_with_password() const {
  std::vector<std::string> users;
  for (const AccountFile::Entry& entry : passwd_.entries())
    if (lets_in(password_of(entry.at(0)))) users.push_back(entry.at(0));
  std::ranges::sort(users);
  return users;
}

std::string Accounts::password_of(const std::string& user) const {
  const auto entry = passwd_.named(user);
  if (!entry || entry->size() <= kHash) return kNobodys;
  if (entry->at(kHash) != kInShadow) return entry->at(kHash);
  const auto shadow = shadow_.named(user);
  return shadow && shadow->size() > kHash ? shadow->at(kHash) : kNobodys;
}

std::string Accounts::gid_of(const std::string& group) const {
  const auto entry = group_.named(group);
  if (entry) return widened(*entry, kId + 1)[kId];
  throw StageError("there is no group \"" + group +
                   "\" in the root; add it to `groups` with an id of its own");
}

void Accounts::save(Root& root) const {
  save_file(root, kPasswd, passwd_.text());
  save_file(root, kGroup, group_.text());
  save_file(root, kShadow, shadow_.text());
  save_file(root, kGshadow, gshadow_.text());
}

}  // namespace baker
