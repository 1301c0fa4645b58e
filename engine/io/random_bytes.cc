#include "engine/io/random_bytes.h"

#include "engine/io/system_error.h"

#include <sys/random.h>

namespace baker {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw system_error("cannot get random bytes");
  return bytes;
}

}  // namespace baker
