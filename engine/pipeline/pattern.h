// A regular expression of a descriptor, made once: that takes longer than all checks against it.
#pragma once

#include <memory>
#include <string>

namespace baker {

class Pattern {
 public:
  virtual ~Pattern() = default;
  virtual bool matches(const std::string& text) const = 0;  // the whole of it
};

// ECMAScript's syntax. Null where `text` is not a regular expression.
std::shared_ptr<const Pattern> make_pattern(const std::string& text);

}  // namespace baker
