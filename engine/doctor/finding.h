// What is to know of a host before something is baked or started on it.
#pragma once

#include <string>

namespace baker {

enum class Health {
  kGood,
  kLimited,   // something can't be done here, or only in another way
  kObstacle,  // nothing can be baked
};

struct Finding {
  Health health = Health::kGood;
  std::string topic{};    // one or two words
  std::string what{};     // what was found
  std::string follows{};  // from that; empty where nothing does
  std::string remedy{};   // a line to type, or what to change; empty where there is none
};

}  // namespace baker
