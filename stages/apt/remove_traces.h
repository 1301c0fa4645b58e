// Takes away what installing leaves behind and no machine needs: logs, caches, backups, locks, and
// what differs each time although nothing has changed.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace baker::apt {

// What the root held before, so that only what came since is cleaned.
struct Before {
  std::map<std::string, std::uint64_t> logs{};  // path → bytes
  std::set<std::string> identities{};           // machine ids and host keys that were there
};

Before logs_and_identities(const Root& root);

// Timestamps of Java keystores become `source_date_epoch`.
void remove_traces(Root& root, const Before& before, std::int64_t source_date_epoch);

}  // namespace baker::apt
