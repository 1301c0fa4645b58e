// A value of an option: what TOML gives, after `${…}`, with the place where it was written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baker {

// Where something stands in a file; 1-based, 0 where it was not written in a file.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
};

class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::map<std::string, Value>;

  Value() : data_(std::string()) {}
  Value(std::string text, Position at = {}) : data_(std::move(text)), at_(at) {}
  Value(std::int64_t number, Position at = {}) : data_(number), at_(at) {}
  Value(bool truth, Position at = {}) : data_(truth), at_(at) {}
  Value(List list, Position at = {}) : data_(std::move(list)), at_(at) {}
  Value(Map map, Position at = {}) : data_(std::move(map)), at_(at) {}
  Value(const char*) = delete;

  Position at() const { return at_; }
  void set_at(Position at) { at_ = at; }

  // Null where the value is of another type.
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const List* list() const { return std::get_if<List>(&data_); }
  const Map* map() const { return std::get_if<Map>(&data_); }
  Map* map() { return std::get_if<Map>(&data_); }
  List* list() { return std::get_if<List>(&data_); }

  // "string", "integer", "boolean", "list" or "table".
  std::string_view type_name() const;
  // JSON with sorted keys and no white space: equal values give equal text.
  std::string canonical() const;
  void append_canonical(std::string& text) const;
  // As a person writes it: a string without quotes.
  std::string plain() const;

  // Positions do not count.
  bool operator==(const Value& other) const { return data_ == other.data_; }

 private:
  std::variant<std::string, std::int64_t, bool, List, Map> data_;
  Position at_;
};

}  // namespace baker
