// Asks a remote for many keys at once.
#pragma once

#include "engine/remote/remote_store.h"

#include <map>
#include <string>
#include <vector>

namespace baker {

struct FoundRecords {
  std::map<std::string, RemoteRecord> records;  // by key of a stage
  std::map<std::string, std::string> refused;   // likewise: why the record there is not used
};

// Over eight connections. Throws Error where the remote does not work.
FoundRecords find_records(const RemoteAccess& access, const std::vector<std::string>& keys,
                          const std::vector<std::string>& trusted);

}  // namespace baker
