// Who uses a store: a file for each pipeline, uses/<digest of its state folder>, which names what
// its last run stood on. So it is known, too, where the state folder can't be read, as that of a
// container.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace baker {

struct StoreUse {
  std::string state;             // absolute path of the pipeline's state folder
  std::string states;            // identity of the folder that holds it
  std::string lock_file;         // absolute path
  std::set<std::string> keys{};  // of its stages, hex: those of the last run and those before
  std::int64_t written = 0;      // seconds since 1970: when this was told; only read
};

// Durable. Does nothing where it stands there already. The records of keys that are no longer among
// them were in use until now: their times say so from then on. Throws Error.
void note_use(const std::string& store, const StoreUse& use);
// When the pipeline is gone from its host. Throws Error.
void forget_use(const std::string& store, const std::string& state);

struct StoreUses {
  std::vector<StoreUse> uses{};
  std::vector<std::string> damaged{};  // paths of files that name nothing that can be relied on
};
StoreUses uses_of_store(const std::string& store);

}  // namespace baker
