#include "engine/pipeline/lock_file.h"

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/pipeline/toml_value.h"

#include <algorithm>

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
  lock.epoch_ = reader.integer("source-date-epoch").value_or(0);
  lock.sets_ = read_sets(file, diagnostics);
  reader.node("set");
  reader.finish();
  diagnostics.throw_if_any();
  return lock;
}

void LockFile::set_source_date_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  changed_ = true;
}

const PinSet* LockFile::find(const std::string& key) const {
  auto found = std::ranges::find(sets_, key, &PinSet::key);
  return found == sets_.end() ? nullptr : &*found;
}

void LockFile::put(PinSet set) {
  std::erase_if(sets_, [&](const PinSet& each) { return each.key == set.key; });
  sets_.push_back(std::move(set));
  std::ranges::sort(sets_, [](const PinSet& a, const PinSet& b) {
    return std::tie(a.stage, a.key) < std::tie(b.stage, b.key);
  });
  changed_ = true;
}

void LockFile::drop_stage(const std::string& stage) {
  changed_ =
      std::erase_if(sets_, [&](const PinSet& each) { return each.stage == stage; }) > 0 || changed_;
}

void LockFile::drop_all() {
  sets_.clear();
  epoch_ = 0;
  changed_ = true;
}

std::string LockFile::text() const {
  std::string text =
      "# Written by baker: what the outside world was when this pipeline was resolved. Keep it in "
      "version control.\n"
      "# `baker update` asks the outside world again.\n"
      "format = " +
      std::to_string(kFormat) + "\nsource-date-epoch = " + std::to_string(epoch_) + "\n";
  for (const PinSet& set : sets_) {
    text += "\n[[set]]\nstage = " + json_quote(set.stage) + "\ntype = " + json_quote(set.type) +
            "\nkey = " + json_quote(set.key) + "\nasked = ";
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
  const std::string now = text();
  if (read_file_if_exists(path_) != now) write_file_atomically(path_, now);
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

}  // namespace baker
