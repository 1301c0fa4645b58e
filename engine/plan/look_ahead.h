// Looks in the store, in a thread of its own, for the keys that stages had at the last run: most
// have them again, and of planning thousands of stages the looking up takes half of the time.
#pragma once

#include "cache/store.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace baker {

class LookAhead {
 public:
  // `expected` holds a key for each stage, empty where none is known. It begins with the last
  // stage: whoever asks comes from the first. `store` outlives this.
  LookAhead(const Store& store, std::vector<std::string> expected);
  ~LookAhead();
  LookAhead(const LookAhead&) = delete;
  LookAhead& operator=(const LookAhead&) = delete;

  // Like Store::find.
  std::optional<Digest> find(size_t stage, const std::string& key, std::string* damage) const;

 private:
  void look();

  const Store& store_;
  const std::vector<std::string> expected_;
  std::vector<std::optional<Digest>> found_;
  std::atomic<size_t> first_looked_at_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace baker
