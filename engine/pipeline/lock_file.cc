#include "engine/pipeline/lock_file.h"

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/lock.h"
#include "engine/io/system_error.h"
#include "engine/pipeline/toml_value.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

namespace baker {
namespace {

constexpr std::int64_t kFormat = 1;

bool is_bare_key(const std::string& key) {
  return !key.empty() && key.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                             std::string::npos;
}

// TOML on one line. JSON's string escapes are TOML's, too.
void append_toml(std::string& text, const Value& value) {
  if (const Value::List* list = value.list()) {
    text += '[';
    for (const Value& each : *list) {
      if (&each != &list->front()) text += ", ";
      append_toml(text, each);
    }
    text += ']';
  } else if (const Value::Map* map = value.map()) {
    text += map->empty() ? "{" : "{ ";
    bool first = true;
    for (const auto& [key, each] : *map) {
      if (!first) text += ", ";
      first = false;
      text += (is_bare_key(key) ? key : json_quote(key)) + " = ";
      append_toml(text, each);
    }
    text += map->empty() ? "}" : " }";
  } else {
    text += value.canonical();
  }
}

std::vector<PinSet> read_sets(const toml::table& file, Diagnostics& diagnostics) {
  std::vector<PinSet> sets;
  const toml::node* node = file.get("set");
  if (!node) return sets;
  const toml::array* array = node->as_array();
  if (!array) {
    diagnostics.add(position_of(*node), "\"set\" must be an array of tables");
    return sets;
  }
  for (const toml::node& each : *array) {
    const toml::table* table = each.as_table();
    if (!table) {
      diagnostics.add(position_of(each), "a set of pins must be a table");
      continue;
    }
    TableReader reader(*table, "a set of pins", diagnostics);
    PinSet set;
    set.stage = reader.string("stage").value_or("");
    set.pipeline = reader.string("pipeline").value_or("");
    set.type = reader.string("type").value_or("");
    set.key = reader.string("key").value_or("");
    if (const toml::table* asked = reader.table("asked"))
      set.asked = *to_value(*asked, diagnostics).map();
    if (const toml::node* pins = reader.node("pins")) {
      const Value list = to_value(*pins, diagnostics);
      if (list.list()) {
        set.pins = *list.list();
        for (size_t i = 0; i < set.pins.size(); ++i) {
          if (const std::string mistake = mistake_in_pin(set.pins[i]); !mistake.empty())
            diagnostics.add(position_of(*pins->as_array()->get(i)), mistake);
        }
      } else {
        diagnostics.add(position_of(*pins), "\"pins\" of a set of pins must be a list");
      }
    }
    reader.finish();
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace

LockFile LockFile::load(const std::string& path) {
  LockFile lock(path);
  std::optional<std::string> text = read_file_if_exists(path);
  if (!text) return lock;
  const toml::table file = parse_toml(*text, path);
  Diagnostics diagnostics(path);
  TableReader reader(file, "a lock file", diagnostics);
  if (reader.integer("format").value_or(0) != kFormat)
    diagnostics.add({1, 1}, "the lock file has a format that this baker does not know");
  lock.epoch_ = reader.integer("source-date-epoch");
  lock.epoch_was_read_ = lock.epoch_.has_value();
  for (PinSet& set : read_sets(file, diagnostics))
    lock.insert(std::make_shared<const PinSet>(std::move(set)));
  reader.node("set");
  reader.finish();
  diagnostics.throw_if_any();
  return lock;
}

void LockFile::set_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  changed_ = true;
}

std::vector<PinSetPointer> LockFile::sets() const {
  std::vector<PinSetPointer> sets;
  for (const auto& [key, set] : sets_) sets.push_back(set);
  std::ranges::sort(sets, [](const PinSetPointer& a, const PinSetPointer& b) {
    return std::tie(a->stage, a->key) < std::tie(b->stage, b->key);
  });
  return sets;
}

PinSetPointer LockFile::find(const std::string& key) const {
  auto found = sets_.find(key);
  return found == sets_.end() ? nullptr : found->second;
}

void LockFile::insert(PinSetPointer set) {
  const std::string& key = set->key;
  sets_[key] = std::move(set);
}

void LockFile::put(PinSet set) {
  insert(std::make_shared<const PinSet>(std::move(set)));
  changed_ = true;
}

void LockFile::drop(const std::function<bool(const PinSet&)>& is_dropped) {
  std::erase_if(sets_, [&](const auto& each) {
    if (!is_dropped(*each.second)) return false;
    dropped_.insert(each.first);
    changed_ = true;
    return true;
  });
}

void LockFile::drop_all() {
  replaces_all_ = true;
  sets_.clear();
  epoch_.reset();
  changed_ = true;
}

void LockFile::merge(const LockFile& written) {
  for (const auto& [key, set] : written.sets_)
    if (!sets_.contains(key) && !dropped_.contains(key)) sets_[key] = set;
  if (!epoch_was_read_ && written.epoch_) epoch_ = written.epoch_;
}

std::string LockFile::text() const {
  std::string text = fmt::format(
      "# Written by baker: what the outside world was when this pipeline was resolved. Keep it in "
      "version control.\n"
      "# `baker update` asks the outside world again.\n"
      "format = {}\n"
      "source-date-epoch = {}\n",
      kFormat, epoch_.value_or(0));
  for (const PinSetPointer& each : sets()) {
    const PinSet& set = *each;
    text += "\n[[set]]\nstage = " + json_quote(set.stage);
    if (!set.pipeline.empty()) text += "\npipeline = " + json_quote(set.pipeline);
    text += "\ntype = " + json_quote(set.type) + "\nkey = " + json_quote(set.key) + "\nasked = ";
    append_toml(text, Value(set.asked));
    text += "\npins = [\n";
    for (const Value& pin : set.pins) {
      text += "  ";
      append_toml(text, pin);
      text += ",\n";
    }
    text += "]\n";
  }
  return text;
}

void LockFile::save() {
  if (!changed_) return;
  std::error_code none;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path_, none);
  const std::string file = none ? path_ : real.string();
  const FileLock others = FileLock::lock_folder(parent_path(absolute_path(file)));
  if (!replaces_all_) merge(load(file));
  const std::string now = text();
  struct stat before;
  const bool is_there = stat(file.c_str(), &before) == 0;
  if (!is_there || read_file(file) != now) {
    write_file_atomically(file, now, is_there ? before.st_mode & 07777U : 0644);
    if (is_there && chown(file.c_str(), before.st_uid, before.st_gid) != 0)
      throw system_error("cannot give " + file + " its owner again", file);
  }
  epoch_was_read_ = true;
  changed_ = false;
}

std::string mistake_in_pin(const Value& pin) {
  const Value::Map* table = pin.map();
  if (!table) return "a pin must be a table";
  if (auto url = table->find("url"); url != table->end() && !url->second.string())
    return "the \"url\" of a pin must be text";
  if (auto mirrors = table->find("mirrors"); mirrors != table->end()) {
    const Value::List* urls = mirrors->second.list();
    if (!urls || !std::ranges::all_of(*urls, [](const Value& url) { return url.string(); }))
      return "the \"mirrors\" of a pin must be a list of texts";
  }
  for (const std::string algorithm : {"sha512", "sha256"}) {
    auto found = table->find(algorithm);
    if (found == table->end()) continue;
    const std::string* hex = found->second.string();
    const std::optional<Digest> digest = hex ? Digest::from_hex(*hex) : std::nullopt;
    if (!digest || digest->algorithm() != algorithm)
      return "the \"" + algorithm + "\" of a pin must be its digest in hex";
  }
  return "";
}

std::optional<std::string> pinned_download(const Value& pin) {
  const Value::Map* table = pin.map();
  if (!table) return std::nullopt;
  for (const char* algorithm : {"sha512", "sha256"}) {
    auto found = table->find(algorithm);
    if (found == table->end() || !found->second.string()) continue;
    if (std::optional<Digest> digest = Digest::from_hex(*found->second.string()))
      return digest->file_name();
  }
  return std::nullopt;
}

std::vector<std::string> pinned_downloads(const PinSetPointer& pins) {
  std::vector<std::string> files;
  if (!pins) return files;
  for (const Value& pin : pins->pins)
    if (std::optional<std::string> file = pinned_download(pin)) files.push_back(*std::move(file));
  return files;
}

}  // namespace baker
