// `baker-download --get URL`
#pragma once

#include "engine/io/download/transfer.h"

#include <string>

namespace baker {

// The body of a small answer. Blocks, also between attempts. Throws Error: kUnreachable where the
// source did not give it, kFailed where it is no URL or the body is over 64 MiB or was cut short.
std::string get_body(const std::string& url, const TransferSettings& settings);

}  // namespace baker
