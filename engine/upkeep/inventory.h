// What a store holds: its records, with what each needs, its layers, its downloads.
#pragma once

#include "cache/store.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace baker {

// Times are nanoseconds since 1970.
struct HeldRecord {
  std::string layer{};      // hex; empty: the record is damaged
  std::uint64_t bytes = 0;  // of the layer
  std::int64_t last_use = 0;
  std::int64_t changed = 0;
};

struct HeldFile {
  std::uint64_t bytes = 0;
  std::int64_t last_use = 0;
  std::int64_t changed = 0;
};

struct Inventory {
  std::map<std::string, HeldRecord> records{};  // by key, hex
  std::map<std::string, HeldFile> layers{};     // by digest, hex; without their bytes
  std::map<std::string, HeldFile> downloads{};  // by the name of the file
  std::map<std::string, HeldFile> roots{};      // merged ones, by digest; without their bytes
};
Inventory inventory_of(const Store& store);

// What the bake of a key stood on, as the key says it.
struct Needs {
  std::set<std::string> layers{};     // hex: the baked one and those of its root
  std::set<std::string> downloads{};  // as their files are called
};
// Nothing where the record is damaged. Whether all of that is there is another question.
Needs needs_of(const Store& store, const std::string& key);

}  // namespace baker
