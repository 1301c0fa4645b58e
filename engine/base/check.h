// What a comment promises, held at run time in every build.
#pragma once

#include <stdexcept>
#include <string>

namespace baker {

// Throws std::logic_error, which is a mistake in baker itself and is told as one.
inline void check(bool holds, const char* promise) {
  if (!holds) throw std::logic_error(std::string("this does not hold: ") + promise);
}

}  // namespace baker
