// What the answers of a remote mean.
#pragma once

#include "engine/remote/http_client.h"

#include <string>

namespace baker {

inline bool is_success(const HttpAnswer& answer) {
  return answer.status >= 200 && answer.status < 300;
}
// Throws Error (kUnreachable) that says what was refused, and why. `what` is what was asked, in
// words.
[[noreturn]] void refuse_answer(const HttpAnswer& answer, const std::string& what);

}  // namespace baker
