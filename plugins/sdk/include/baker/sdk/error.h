// What a stage throws, and what SDK calls throw. The text reaches the user as it is: say what was
// being done, why it failed, and what to do next.
#pragma once

#include <stdexcept>
#include <string>

namespace baker {

class StageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A source in the outside world did not answer. The only failure after which it is right to try
// another source; a digest or a signature that does not match is a plain StageError.
class Unreachable : public StageError {
 public:
  using StageError::StageError;
};

}  // namespace baker
