#include "engine/bake/shared_record.h"

#include "engine/base/text.h"
#include "engine/io/hasher.h"
#include "engine/plan/stage_keys.h"

#include <algorithm>

namespace baker {
namespace {

bool has_secrets(const OptionSchema& option) {
  return option.is_private || std::ranges::any_of(option.fields, has_secrets);
}

// What options say that are nobody else's business is told by their digests.
std::string shared_key_text(const Stage& stage, const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    const size_t space = line.find(' ');
    if (!line.starts_with("option.") || space == std::string::npos) continue;
    const OptionSchema* option = stage.type->option(line.substr(7, space - 7));
    if (option && has_secrets(*option))
      line = line.substr(0, space) + " \"sha256:" + digest_of(line.substr(space + 1)).hex() + "\"";
  }
  return join(lines, "\n");
}

}  // namespace

nlohmann::json layer_to_push(const Store& store, const Stage& stage, const std::string& key,
                             const Digest& layer, bool with_log) {
  const std::optional<ActionRecord> record = store.record(key);
  if (!record) return nullptr;
  nlohmann::json told = {{"key", key},
                         {"layer", layer.hex()},
                         {"folder", store.layer_path(layer)},
                         {"stage", stage.name},
                         {"architecture", StageKeys::architecture()},
                         {"key-text", shared_key_text(stage, record->key_text)},
                         {"duration-ms", record->duration_ms},
                         {"finished", record->finished},
                         {"bytes", record->bytes},
                         {"entries", record->entries}};
  if (with_log) told["log"] = record->log;
  return told;
}

}  // namespace baker
