#include "engine/pipeline/key_depth.h"

#include <cctype>

namespace baker {
namespace {

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::optional<Position> run() {
    for (int parts = 1; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '#') {
        skip_to("\n");
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (c == '.') {
        if (++parts > kMostKeyParts) return here();
        ++at_;
      } else {
        if (!is_of_key(c)) parts = 1;
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  static bool is_of_key(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == ' ' ||
           c == '\t';
  }

  void skip_to(std::string_view end) {
    const size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + (end == "\n" ? 0 : end.size());
  }

  void skip_string(char quote) {
    const std::string three(3, quote);
    if (text_.substr(at_, 3) == three) {
      at_ += 3;
      return skip_to(three);
    }
    for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_)
      if (quote == '"' && text_[at_] == '\\') ++at_;
    at_ += at_ < text_.size() && text_[at_] == quote;
  }

  Position here() const {
    Position position{1, 1};
    for (size_t i = 0; i < at_; ++i) {
      ++position.column;
      if (text_[i] == '\n') position = {position.line + 1, 1};
    }
    return position;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Position> key_that_is_too_deep(std::string_view text) {
  return Scan(text).run();
}

}  // namespace baker
