// Loads a plugin. The only user of Boost.DLL.
#pragma once

#include "plugins/sdk/include/baker/abi.h"

#include <memory>
#include <string>

namespace baker {

class PluginLibrary {
 public:
  // Throws Error: no plugin, or one that speaks another version of the interface.
  explicit PluginLibrary(const std::string& path, const std::string& name_for_messages);
  ~PluginLibrary();  // unloads it, so that the table is gone, too
  const baker_plugin& table() const { return *table_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  const baker_plugin* table_ = nullptr;
};

}  // namespace baker
