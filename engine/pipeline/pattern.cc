#include "engine/pipeline/pattern.h"

#include <regex>
#include <string>

namespace baker {
namespace {

// A bracket asks for the primary key of each of 256 bytes, and the locale's answer takes most of
// the time of making a pattern. In the C locale, which is the only one that baker knows, a byte is
// its own.
struct PlainTraits : std::regex_traits<char> {
  template <typename Iterator>
  std::string transform_primary(Iterator first, Iterator last) const {
    return {first, last};
  }
};

class RegexPattern final : public Pattern {
 public:
  explicit RegexPattern(const std::string& text) : regex_(text) {}
  bool matches(const std::string& text) const override { return std::regex_match(text, regex_); }

 private:
  std::basic_regex<char, PlainTraits> regex_;
};

}  // namespace

std::shared_ptr<const Pattern> make_pattern(const std::string& text) {
  try {
    return std::make_shared<RegexPattern>(text);
  } catch (const std::regex_error&) {
    return nullptr;
  }
}

}  // namespace baker
