// The users and groups of a root, as its four files in /etc have them.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <string>

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
  // Each of these throws StageError where the name or the id belongs to someone else, and changes
  // nothing that is as it should be.
  void require_user_free(const std::string& name, const std::string& uid) const;
  void ensure_group(const std::string& name, const std::string& gid);
  void ensure_user(const User& user);
  void ensure_member(const std::string& group, const std::string& user);
  // Throws where there is no such group.
  std::string gid_of(const std::string& group) const;

  // Each file appears at once, with the mode and owner that it had.
  void save(Root& root) const;

 private:
  AccountFile passwd_;
  AccountFile group_;
  AccountFile shadow_;
  AccountFile gshadow_;
  std::string last_change_;  // in days since 1970
};

}  // namespace baker
