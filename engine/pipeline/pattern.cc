#include "engine/pipeline/pattern.h"

#include <regex>

namespace baker {
namespace {

class RegexPattern final : public Pattern {
 public:
  explicit RegexPattern(const std::string& text) : regex_(text) {}
  bool matches(const std::string& text) const override { return std::regex_match(text, regex_); }

 private:
  std::regex regex_;
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
