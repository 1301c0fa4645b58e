// The users and groups of a root, as its four files in /etc have them.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "account_file.h"

namespace baker {

struct User {
  std::string name;
  std::string uid;
  std::string gid;
  std::string gecos;
  std::string home;
  std::string shell;
};

class Accounts {
 public:
  // `epoch`, in seconds since 1970, is when passwords changed last, in /etc/shadow. The shadow
  // files are kept up where they exist. Throws StageError where the root has no passwd or group.
  Accounts(const Root& root, std::int64_t epoch);

  bool has_user(const std::string& name) const;
  std::optional<User> user(const std::string& name) const;
  // Each of these throws StageError where the name or the id belongs to someone else, and changes
  // nothing that is as it should be.
  void require_user_free(const std::string& name, const std::string& uid) const;
  void ensure_group(const std::string& name, const std::string& gid);
  void ensure_user(const User& user);
  void ensure_member(const std::string& group, const std::string& user);
  // `hash` as crypt(5) has it. Throws StageError where there is no such user.
  void set_password(const std::string& user, const std::string& hash);
  // No password lets the user in any more. Keeps what is locked already as it is.
  void lock(const std::string& user);
  // Sorted; those who can log in with a password, an empty one as well.
  std::vector<std::string> users_with_password() const;
  // Throws where there is no such group.
  std::string gid_of(const std::string& group) const;

  // Each file appears at once, with the mode and owner that it had.
  void save(Root& root) const;

 private:
  std::string password_of(const std::string& user) const;

  AccountFile passwd_;
  AccountFile group_;
  AccountFile shadow_;
  bool has_shadow_;
  AccountFile gshadow_;
  std::string last_change_;  // in days since 1970
};

}  // namespace baker
