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

bool is_asked(const Descriptor::Resolve& resolve, const DeclaredInput& input) {
  return std::ranges::find(resolve.options, input.where.front()) != resolve.options.end();
}

InputForm form_of(const Stage& stage) {
  return stage.preserve ? InputForm::kPreserved : InputForm::kNormal;
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

const InputDigest& StageKeys::plugin_digest(const std::string& type) {
  InputDigest& digest = plugin_digests_[type];
  if (digest.hex.empty()) digest = memo_.file(plugins_.plugin_file(type));
  return digest;
}

bool StageKeys::plugin_is_unchanged(const std::string& type) {
  const InputDigest& before = plugin_digest(type);
  return memo_.file(plugins_.plugin_file(type)).is_unchanged_since(before);
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
    if (is_asked(resolve, input))
      builder.add_text("input." + percent_encode(input.written),
                       memo_.input_as_seen(pipeline_.input_path(input)).hex);
  }
  if (resolve.root) add_root(builder, root);
  return builder.key();
}

std::vector<InputDigest> StageKeys::asked_inputs(const Stage& stage) {
  std::vector<InputDigest> asked;
  for (const DeclaredInput& input : stage.inputs)
    if (is_asked(*stage.type->resolve, input))
      asked.push_back(memo_.input(pipeline_.input_path(input)));
  return asked;
}

InputDigest StageKeys::input_digest(const Stage& stage, const DeclaredInput& input) {
  return memo_.input(pipeline_.input_path(input), form_of(stage));
}

void StageKeys::look_again(const Stage& stage) {
  for (const DeclaredInput& input : stage.inputs) memo_.forget_seen(pipeline_.input_path(input));
}

std::string StageKeys::copied_input_digest(const Stage& stage, const std::string& copy) {
  DigestMemo nothing_to_remember("");
  return nothing_to_remember.input(copy, form_of(stage)).hex;
}

StageKeys::Key StageKeys::action_key(const Stage& stage, const Value::List& pins,
                                     std::int64_t epoch, const RootName& root) {
  KeyBuilder builder;
  builder.add("format", Value(kKeyFormat));
  builder.add("runner", Value(kRunnerBehaviour));
  builder.add_text("type", stage.type->type);
  builder.add_text("plugin", plugin_digest(stage.type->type).hex);
  builder.add_text("architecture", architecture());
  builder.add("epoch", Value(epoch));
  for (const auto& [name, value] : stage.options) builder.add("option." + name, value);
  Key key;
  if (stage.preserve) builder.add("preserve", Value(true));
  for (const DeclaredInput& input : stage.inputs) {
    if (input.resolving) continue;
    key.inputs.push_back(memo_.input_as_seen(pipeline_.input_path(input), form_of(stage)));
    builder.add_text("input." + percent_encode(input.written), key.inputs.back().hex);
  }
  if (stage.type->resolve) builder.add("pins", Value(without_notes(pins)));
  add_root(builder, root);
  key.hex = builder.key();
  key.text = builder.text();
  return key;
}

}  // namespace baker
