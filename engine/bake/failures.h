// What went wrong in a run: the first failure is the cause, as a rule, and the others are told with
// it.
#pragma once

#include "engine/base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace baker {

class Failures {
 public:
  bool any() const { return first_.has_value(); }
  bool interrupted() const { return first_ && first_->code() == ErrorCode::kInterrupted; }

  // Of a stage. Returns whether it is the first.
  bool add(const std::string& stage, const std::string& text) {
    if (first_) {
      later_.push_back("stage " + stage + ": " + text);
      return false;
    }
    first_ = Error(text).during("stage " + stage);
    return true;
  }
  // Of the run as a whole; counts only where nothing else did.
  void add(const Error& error) {
    if (!first_) first_ = error;
  }
  // Takes the place of a failure before it.
  void interrupt() { first_ = Error(ErrorCode::kInterrupted, "interrupted"); }

  // any() holds.
  Error all() const {
    std::string text = first_->describe();
    for (const std::string& later : later_) text += "\nalso failed: " + later;
    return {first_->code(), text};
  }

 private:
  std::optional<Error> first_;
  std::vector<std::string> later_;  // of stages that ran when the first one failed
};

}  // namespace baker
