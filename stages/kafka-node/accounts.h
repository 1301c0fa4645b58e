// The system user that runs the broker, in a root's account files.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <string>

namespace baker::kafka_node {

struct Account {
  std::string name;
  std::uint32_t id = 0;  // of the user and of its group
  std::string home;
};

// Adds the account to passwd, group, shadow and gshadow, with a locked password. One that is there
// with the same id is left as it is; a name or an id that someone else has is a StageError.
void add_account(Root& root, const Account& account);

}  // namespace baker::kafka_node
