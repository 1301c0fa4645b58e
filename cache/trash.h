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

  // Takes those of `paths` that `goes` says yes to, some at a time: before each of these `look` is
  // called, and until they are renamed no baker can begin to use anything. What is gone already is
  // passed over. Throws Error.
  void take(const std::vector<std::string>& paths, const std::function<void()>& look,
            const std::function<bool(const std::string& path)>& goes);
  // Removes what was taken, by two threads; may take long. Throws Error.
  void empty();

 private:
  Store& store_;
  FileOps& files_;
  WorkFolder folder_;
  std::size_t taken_ = 0;
};

}  // namespace baker
