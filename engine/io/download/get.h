// `baker-download --get URL`
#pragma once

#include "engine/io/download/transfer.h"

#include <string>

namespace baker {

// The body of a small answer. Throws Error: kUnreachable where the source did not give it,
// kFailed where the body is too large.
std::string get_body(const std::string& url, const TransferSettings& settings);

}  // namespace baker
