// What a stage throws, and what SDK calls throw. The text reaches the user unchanged, after the
// stage's name: say what was being done, why it failed, and what to do next. Any other exception
// ends the step as well, with its what().
#pragma once

#include <stdexcept>
#include <string>

namespace baker {

class StageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A source in the outside world did not answer, or does not have what was asked for. It is the only
// failure after which another source may be tried: a digest or a signature that does not match is a
// plain StageError.
class Unreachable : public StageError {
 public:
  using StageError::StageError;
};

}  // namespace baker
