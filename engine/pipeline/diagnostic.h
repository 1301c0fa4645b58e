// Mistakes in what a person wrote. They are collected, so that all are shown at once.
#pragma once

#include "engine/base/error.h"
#include "engine/pipeline/value.h"

#include <string>
#include <vector>

namespace baker {

struct Diagnostic {
  std::string file;  // empty: the command line
  Position at;
  std::string message;
  std::string hint;  // what to do, "did you mean …"; may be empty

  // "pipelines/x.toml:3:5: unknown key "form" (did you mean "from"?)"
  std::string text() const;
};

class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}
  // Throws, as throw_if_any does, where there are more than anybody would read.
  void add(Position at, std::string message, std::string hint = "");
  void add(Diagnostic diagnostic);
  bool empty() const { return all_.empty(); }
  size_t count() const { return all_.size(); }
  const std::vector<Diagnostic>& all() const { return all_; }
  const std::string& file() const { return file_; }
  // Of the mistakes that follow.
  void set_file(std::string file) { file_ = std::move(file); }
  // Throws an Error (kInvalid) that has all of them, sorted by place, if there are any.
  void throw_if_any() const;

 private:
  std::string file_;
  std::vector<Diagnostic> all_;
};

// "did you mean "x"?" or, where nothing is near, the list of what there is.
std::string suggestion(const std::string& written, const std::vector<std::string>& candidates);

}  // namespace baker
