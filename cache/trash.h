// What leaves the store: renamed out of it in a moment, while no baker looks for it, and removed
// afterwards, while everybody goes on.
#pragma once

#include "cache/store.h"

#include <functional>
#include <string>
#include <vector>

namespace baker {

class Trash {
 public:
  Trash(Store& store, FileOps& files);

  // Takes those of `paths` that `is_wanted` says yes to, some at a time: it is asked while no baker
  // can begin to use anything. What is gone already is passed over. Returns those that were taken.
  // Throws Error.
  std::vector<std::string> take(const std::vector<std::string>& paths,
                                const std::function<bool(const std::string& path)>& is_wanted);
  // Removes what was taken; may take long. Throws Error.
  void empty();

 private:
  Store& store_;
  FileOps& files_;
  WorkFolder folder_;
  std::size_t taken_ = 0;
};

}  // namespace baker
