// What of a store is used: by pipelines that have state, by machines that stand on layers, by
// bakers that run, by lock files.
#pragma once

#include "cache/store.h"

#include <cstdint>
#include <set>
#include <string>

namespace baker {

struct Used {
  std::set<std::string> keys{};       // hex
  std::set<std::string> layers{};     // hex: of machines, whatever records there are
  std::set<std::string> downloads{};  // as their files are called: pinned by a lock file
  std::set<std::string> running{};    // keys and downloads that bakers which run have found
  std::int64_t since = INT64_MAX;  // seconds since 1970: what has come or changed later is theirs
};

// What a pipeline used that is gone from its host is forgotten; where its host can't be asked, as
// that of another container, it is used. Throws Error, also where it is not known what is used.
Used used_of(const Store& store);

// Another text wherever used_of() could say something else.
std::string state_of_use(const Store& store);

}  // namespace baker
