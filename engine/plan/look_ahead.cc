#include "engine/plan/look_ahead.h"

namespace baker {

LookAhead::LookAhead(const Store& store, std::vector<std::string> expected)
    : store_(store),
      expected_(std::move(expected)),
      found_(expected_.size()),
      first_looked_at_(expected_.size()),
      thread_([this] { look(); }) {}

LookAhead::~LookAhead() {
  stop_ = true;
  thread_.join();
}

void LookAhead::look() {
  for (size_t stage = expected_.size(); stage > 0 && !stop_; --stage) {
    const std::string& key = expected_[stage - 1];
    if (!key.empty()) found_[stage - 1] = store_.find(key);
    first_looked_at_.store(stage - 1, std::memory_order_release);
  }
}

std::optional<Digest> LookAhead::find(size_t stage, const std::string& key,
                                      std::string* damage) const {
  const bool looked_at = stage >= first_looked_at_.load(std::memory_order_acquire);
  if (looked_at && key == expected_[stage] && found_[stage]) return found_[stage];
  return store_.find(key, damage);
}

}  // namespace baker
