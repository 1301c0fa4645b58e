// The lock file: all pins of a pipeline, one set per resolve key, one pin per line. It belongs into
// version control beside the pipeline.
#pragma once

#include "engine/pipeline/value.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace baker {

struct PinSet {
  std::string stage;       // who resolved it last; only for people
  std::string type;        // stage type
  std::string key;         // resolve key, hex
  Value::Map asked;        // the options that were resolved, for people
  Value::List pins;        // tables
  std::string pipeline{};  // whose it is, where several share the file; empty: not told
};

// A set stays as it is as long as somebody holds it, also when it is replaced or dropped.
using PinSetPointer = std::shared_ptr<const PinSet>;

class LockFile {
 public:
  // An empty lock, which will be written there.
  explicit LockFile(std::string path) : path_(std::move(path)) {}
  // An absent file is an empty lock. Throws Error (kInvalid) where it can't be understood.
  static LockFile load(const std::string& path);

  const std::string& path() const { return path_; }
  // Seconds since 1970; nothing while none is chosen.
  std::optional<std::int64_t> epoch() const { return epoch_; }
  void set_epoch(std::int64_t epoch);
  bool has_saved_epoch() const { return epoch_was_read_; }

  // By stage and key.
  std::vector<PinSetPointer> sets() const;
  PinSetPointer find(const std::string& key) const;  // null: none
  void put(PinSet set);
  void drop(const std::function<bool(const PinSet&)>& is_dropped);
  // With what could not be read.
  void drop_all();

  // Written with one rename, and only if something changed. The file may be that of several
  // pipelines, whose bakers write it at the same time: it is read again under a lock of its folder
  // (which blocks for as long as somebody else writes), sets of others are kept, and so is an epoch
  // that is there where this baker has only just chosen one. A symlink stays one, and the file
  // keeps its owner.
  void save();

 private:
  void merge(const LockFile& written);
  void insert(PinSetPointer set);
  std::string text() const;

  std::string path_;
  std::optional<std::int64_t> epoch_;
  bool epoch_was_read_ = false;                // in the file, whatever became of it since
  std::map<std::string, PinSetPointer> sets_;  // by key
  std::set<std::string> dropped_;              // keys that this baker has dropped
  bool replaces_all_ = false;                  // also what it could not read
  bool changed_ = false;
};

// What is wrong with a pin, in words; empty: nothing.
std::string mistake_in_pin(const Value& pin);

// Digests that a set pins, "sha256-…" as files of the download store are named, each once.
std::optional<std::string> pinned_download(const Value& pin);
// Those of all pins of a set, in their order; null: none.
std::vector<std::string> pinned_downloads(const PinSetPointer& pins);

}  // namespace baker
