#include "accounts.h"

#include <sstream>

namespace baker::kafka_node {
namespace {

struct Entry {
  std::string name;
  std::string id;  // empty in shadow files
};

Entry entry_of(const std::string& line) {
  std::istringstream fields(line);
  Entry entry;
  std::string password;
  std::getline(fields, entry.name, ':');
  std::getline(fields, password, ':');
  std::getline(fields, entry.id, ':');
  return entry;
}

// Whether the account has a line in `text`, a file with ids.
bool holds(const std::string& text, const Account& account, const std::string& file) {
  const std::string id = std::to_string(account.id);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Entry entry = entry_of(line);
    if (entry.name == account.name && entry.id == id) return true;
    if (entry.name == account.name) {
      throw StageError(file + " has " + entry.name + " with id " + entry.id + ", not " + id +
                       ": set the option `uid` to that");
    }
    if (entry.id == id) {
      throw StageError("id " + id + " belongs to " + entry.name + " in " + file +
                       ": set the option `uid` to one that is free");
    }
  }
  return false;
}

bool names(const std::string& text, const std::string& name) {
  return text.starts_with(name + ":") || text.find("\n" + name + ":") != text.npos;
}

void append_line(Root& root, const std::string& file, std::string text, const std::string& line) {
  const FileStatus status = root.status(file).value();
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  root.write_file(file, text + line + "\n",
                  {.mode = status.mode & 07777, .uid = status.uid, .gid = status.gid});
}

void add_with_id(Root& root, const std::string& file, const Account& account,
                 const std::string& line) {
  if (!root.exists(file)) {
    throw StageError("the root has no " + file + ": let this stage stand on a base root as well");
  }
  const std::string text = root.read_file(file);
  if (!holds(text, account, file)) append_line(root, file, text, line);
}

void add_to_shadow(Root& root, const std::string& file, const Account& account,
                   const std::string& line) {
  if (!root.exists(file)) return;
  const std::string text = root.read_file(file);
  if (!names(text, account.name)) append_line(root, file, text, line);
}

}  // namespace

void add_account(Root& root, const Account& account) {
  const std::string& name = account.name;
  const std::string id = std::to_string(account.id);
  add_with_id(root, "/etc/group", account, name + ":x:" + id + ":");
  add_with_id(root, "/etc/passwd", account,
              name + ":x:" + id + ":" + id + "::" + account.home + ":/usr/sbin/nologin");
  add_to_shadow(root, "/etc/shadow", account, name + ":!*:::::::");
  add_to_shadow(root, "/etc/gshadow", account, name + ":!*::");
}

}  // namespace baker::kafka_node
