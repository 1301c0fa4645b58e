// From a stage and what is known of the world to its keys.
#pragma once

#include "engine/io/digest_memo.h"
#include "engine/pipeline/lock_file.h"
#include "engine/pipeline/pipeline.h"
#include "engine/plan/key.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// Raised when the same key would no longer mean the same bytes.
inline constexpr std::int64_t kKeyFormat = 2;
inline constexpr std::int64_t kRunnerBehaviour = 3;

// A stage's root, as keys know it.
struct RootName {
  std::vector<std::string> layers;  // names of those that count, bottom first
  // Layers that don't stand on all below them, which decides what is a conflict: "2 on 0".
  std::vector<std::string> standing;
};

// Where the plugin of a stage type lies.
class PluginFiles {
 public:
  virtual ~PluginFiles() = default;
  virtual std::string plugin_file(const std::string& type) const = 0;  // path of the .so
};

class StageKeys {
 public:
  // All arguments outlive this.
  StageKeys(const Pipeline& pipeline, const PluginFiles& plugins, DigestMemo& memo);

  // "amd64", as Debian names it.
  static std::string architecture();

  // Keys name the inputs as they were when one was first asked for, until look_again.
  //
  // Decides which pins belong to a stage. `root` counts only where the stage type says that
  // resolving looks at the root.
  std::string resolve_key(const Stage& stage, const RootName& root);
  // The options that the pins answer, for the lock file.
  static Value::Map asked_options(const Stage& stage);

  struct Key {
    std::string hex;
    std::string text;
    std::vector<InputDigest> inputs;  // those that are read while it bakes, in their order
  };
  Key action_key(const Stage& stage, const Value::List& pins, std::int64_t epoch,
                 const RootName& root);

  void look_again(const Stage& stage);

  // Of the inputs that resolving looks at, as they are now.
  std::vector<InputDigest> asked_inputs(const Stage& stage);
  // Of an input that the stage reads while it bakes, as it is now.
  InputDigest input_digest(const Stage& stage, const DeclaredInput& input);
  // Of what copy_input has made of it, in a folder of the store.
  static std::string copied_input_digest(const Stage& stage, const std::string& copy);
  const InputDigest& plugin_digest(const std::string& type);
  // Whether the plugin's file is still the one that the keys so far have, and always was.
  bool plugin_is_unchanged(const std::string& type);

  DigestMemo& memo() { return memo_; }

 private:
  const Pipeline& pipeline_;
  const PluginFiles& plugins_;
  DigestMemo& memo_;
  std::map<std::string, InputDigest> plugin_digests_;
};

}  // namespace baker
