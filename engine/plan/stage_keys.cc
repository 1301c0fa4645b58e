#include "engine/plan/stage_keys.h"

#include "engine/base/text.h"

#include <algorithm>

namespace baker {
namespace {

// A note is for the user: nothing that a stage bakes may depend on it.
Value::List without_notes(Value::List pins) {
  for (Value& pin : pins)
    if (Value::Map* fields = pin.map()) fields->erase("note");
  return pins;
}

void add_root(KeyBuilder& builder, const RootName& root) {
  builder.add_texts("root", root.layers);
  if (!root.standing.empty()) builder.add_texts("standing", root.standing);
}

}  // namespace

StageKeys::StageKeys(const Pipeline& pipeline, const PluginFiles& plugins, DigestMemo& memo)
    : pipeline_(pipeline), plugins_(plugins), memo_(memo) {}

std::string StageKeys::architecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#elif defined(__riscv) && __riscv_xlen == 64
  return "riscv64";
#else
#error "name this architecture as Debian does"
#endif
}

std::string StageKeys::plugin_digest(const std::string& type) {
  std::string& digest = plugin_digests_[type];
  if (digest.empty()) digest = memo_.file(plugins_.plugin_file(type));
  return digest;
}

Value::Map StageKeys::asked_options(const Stage& stage) {
  Value::Map asked;
  for (const std::string& name : stage.type->resolve->options) {
    auto option = stage.options.find(name);
    if (option != stage.options.end()) asked.insert(*option);
  }
  return asked;
}

std::string StageKeys::resolve_key(const Stage& stage, const RootName& root) {
  const Descriptor::Resolve& resolve = *stage.type->resolve;
  KeyBuilder builder;
  builder.add_text("type", stage.type->type);
  builder.add_text("architecture", architecture());
  for (const auto& [name, value] : asked_options(stage)) builder.add("option." + name, value);
  for (const DeclaredInput& input : stage.inputs) {
    const bool asked =
        std::ranges::find(resolve.options, input.where.front()) != resolve.options.end();
    if (asked)
      builder.add_text("input." + percent_encode(input.written),
                       memo_.file_or_folder(pipeline_.input_path(input)));
  }
  if (resolve.root) add_root(builder, root);
  return builder.key();
}

StageKeys::Key StageKeys::action_key(const Stage& stage, const Value::List& pins,
                                     std::int64_t epoch, const RootName& root) {
  KeyBuilder builder;
  builder.add("format", Value(kKeyFormat));
  builder.add("runner", Value(kRunnerBehaviour));
  builder.add_text("type", stage.type->type);
  builder.add_text("plugin", plugin_digest(stage.type->type));
  builder.add_text("architecture", architecture());
  builder.add("epoch", Value(epoch));
  for (const auto& [name, value] : stage.options) builder.add("option." + name, value);
  for (const DeclaredInput& input : stage.inputs) {
    builder.add_text("input." + percent_encode(input.written),
                     memo_.file_or_folder(pipeline_.input_path(input)));
  }
  if (stage.type->resolve) builder.add("pins", Value(without_notes(pins)));
  add_root(builder, root);
  return {builder.key(), builder.text()};
}

}  // namespace baker
