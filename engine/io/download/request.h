// What baker-download is asked to do (README.md).
#pragma once

#include "engine/base/digest.h"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct WantedContent {
  std::string name;               // what messages call it
  std::vector<std::string> urls;  // at least one
  Digest digest;
  std::vector<std::string> headers{};   // to send along: "Name: value"
  bool durable = true;                  // else a power cut may leave a damaged file
  std::optional<std::uint64_t> size{};  // where it is known: nothing longer is taken
};

struct DownloadRequest {
  std::vector<WantedContent> downloads;
  std::size_t parallel = 4;  // at least one
};

// Reads to the end of the stream. Throws Error where the text is not a request.
DownloadRequest read_request(std::istream& in);

}  // namespace baker
