// Finds stage types: a NAME.stage.toml with a NAME.so beside it. No plugin is loaded here.
#pragma once

#include "engine/pipeline/pipeline.h"
#include "engine/plan/stage_keys.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace baker {

class Catalogue final : public StageTypes, public PluginFiles {
 public:
  // Of two types with one name, the one in the earlier folder counts.
  explicit Catalogue(std::vector<std::string> folders);

  // Reads a descriptor once, and also remembers that there is none. Throws Error where it is wrong.
  const Descriptor* find(const std::string& type) override;
  std::vector<std::string> names() const override;
  // Throws Error (kInvalid) where there is no such file, or another user may change it.
  std::string plugin_file(const std::string& type) const override;

 private:
  std::string folder_of(const std::string& type) const;  // empty: none

  std::vector<std::string> folders_;
  std::map<std::string, std::unique_ptr<Descriptor>> read_;
  mutable std::set<std::string> trusted_;  // files that were looked at
};

}  // namespace baker
