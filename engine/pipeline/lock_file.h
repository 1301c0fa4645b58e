// The lock file: all pins of a pipeline, one set per resolve key, one pin per line. It belongs into
// version control beside the pipeline.
#pragma once

#include "engine/pipeline/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct PinSet {
  std::string stage;  // who resolved it last; only for people
  std::string type;   // stage type
  std::string key;    // resolve key, hex
  Value::Map asked;   // the options that were resolved, for people
  Value::List pins;   // tables
};

class LockFile {
 public:
  // An empty lock, which will be written there.
  explicit LockFile(std::string path) : path_(std::move(path)) {}
  // An absent file is an empty lock. Throws Error (kInvalid) where it can't be understood.
  static LockFile load(const std::string& path);

  const std::string& path() const { return path_; }
  // 0: not chosen yet.
  std::int64_t source_date_epoch() const { return epoch_; }
  void set_source_date_epoch(std::int64_t epoch);

  const std::vector<PinSet>& sets() const { return sets_; }
  const PinSet* find(const std::string& key) const;
  void put(PinSet set);
  // Drops the sets of a stage. True where there were any.
  void drop_stage(const std::string& stage);
  void drop_all();

  // Written with one rename, and only if something changed.
  void save();

 private:
  std::string text() const;

  std::string path_;
  std::int64_t epoch_ = 0;
  std::vector<PinSet> sets_;
  bool changed_ = false;
};

// What is wrong with a pin, in words; empty: nothing.
std::string mistake_in_pin(const Value& pin);

// Digests that a set pins, "sha256-…" as files of the download store are named, each once.
std::optional<std::string> pinned_download(const Value& pin);

}  // namespace baker
