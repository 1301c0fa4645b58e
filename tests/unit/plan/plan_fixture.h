// A pipeline that is planned against a store and a lock of its own. Nothing is baked: bake() puts a
// record there as a bake would.
#pragma once

#include "engine/io/hasher.h"
#include "engine/plan/planner.h"
#include "tests/unit/pipeline/described_types.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

namespace baker::testing {

class PlanFixture : public ::testing::Test, public PluginFiles {
 protected:
  PlanFixture() {
    types_.add("thing", "kind = \"layer\"\n[option.text]\n[option.input]\ntype = \"path\"\n");
    types_.add("unsteady", "kind = \"layer\"\nreproducible = false\n[option.text]\n");
    types_.add("pinned",
               "kind = \"layer\"\n[resolve]\noptions = [\"version\"]\n[option.version]\n"
               "[option.text]\n");
    types_.add("apt", "kind = \"layer\"\n[resolve]\nroot = true\n[option.text]\n");
    types_.add("machine", "kind = \"host\"\n[option.text]\n");
    store_.prepare();
  }
  std::string plugin_file(const std::string& type) const override {
    const std::filesystem::path file = bench_.path() / "plugins" / type;
    if (!std::filesystem::exists(file)) bench_.write("plugins/" + type, "plugin " + type);
    return file;
  }

  // Plans the stages in this text.
  const std::vector<PlannedStage>& plan(const std::string& stages) {
    bench_.write("p.toml", "[pipeline]\nname = \"p\"\n" + stages);
    pipeline_ = read_pipeline(bench_.path() / "p.toml", {}, types_);
    memo_ = std::make_unique<DigestMemo>(bench_.path() / "memo");
    keys_ = std::make_unique<StageKeys>(pipeline_, *this, *memo_);
    planned_ = Planner(pipeline_, *keys_, lock_, store_, state_,
                       [this](const Stage&, const std::string& key,
                              const std::vector<std::string>&) { return key == placed_; })
                   .plan();
    return planned_;
  }
  const PlannedStage& planned(const std::string& stage) const { return planned_.at(index(stage)); }
  size_t index(const std::string& stage) const {
    return static_cast<size_t>(pipeline_.find(stage) - pipeline_.stages.data());
  }

  // As if the stage, whose key must be known, had baked this content.
  void bake(const std::string& stage, const std::string& content) {
    const StageKeys::Key& key = planned(stage).key.value();
    const Digest layer = digest_of(content);
    bench_.write("cache/layers/" + layer.hex() + "/listing", content);
    ActionRecord record{.layer = layer, .key_text = key.text, .log = {}};
    bench_.write("cache/actions/" + key.hex, record.text());
    state_.set_key(stage, key.hex);
  }
  // Plans and bakes until nothing is left to do; each stage bakes a layer of its own name and
  // options, or what `content` says.
  void bake_all(const std::string& stages) {
    for (size_t i = 0; i <= pipeline_.stages.size() || i < 10; ++i) {
      plan(stages);
      for (const Stage& stage : pipeline_.stages) {
        const PlannedStage& now = planned(stage.name);
        if (now.key && now.action == StageAction::kBake)
          bake(stage.name, stage.name + Value(stage.options).canonical());
        if (now.key && now.action == StageAction::kNothing)
          state_.set_key(stage.name, now.key->hex);
      }
    }
  }
  void pin(const std::string& stage, const std::string& version,
           const std::vector<std::string>& root = {}, const std::string& note = "") {
    const Stage& of = *pipeline_.find(stage);
    Value::Map pin = {{"name", Value(stage)}, {"version", Value(version)}};
    if (!note.empty()) pin["note"] = Value(note);
    lock_.put({stage, of.type->type, keys_->resolve_key(of, {root, {}}), {}, {Value(pin)}});
  }
  Reasons reasons() const {
    return Reasons(pipeline_, planned_, *keys_, store_, state_, lock_.epoch().value_or(0),
                   [](const Stage&) { return std::string(); });
  }
  std::string why(const std::string& stage) const { return reasons().why_it_runs(index(stage)); }
  std::string last_change(const std::string& stage) const {
    return reasons().last_change(index(stage));
  }
  std::string change_since_last_run(const std::string& stage) const {
    return reasons().change_since_last_run(index(stage));
  }

  Workbench bench_;
  DescribedTypes types_{bench_};
  std::unique_ptr<FileOps> files_ = real_file_ops();
  Store store_{bench_.cache(), *files_};
  LockFile lock_ = LockFile::load(bench_.path() / "p.lock.toml");
  PipelineState state_;
  Pipeline pipeline_;
  std::unique_ptr<DigestMemo> memo_;
  std::unique_ptr<StageKeys> keys_;
  std::vector<PlannedStage> planned_;
  std::string placed_;  // key of the host stage that is in place
};

// "[stage.NAME]" of this type with these further lines.
inline std::string stage(const std::string& name, const std::string& type,
                         const std::string& more = "") {
  return "[stage." + name + "]\nuses = \"" + type + "\"\n" + more + "\n";
}

}  // namespace baker::testing
