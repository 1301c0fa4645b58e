// The JSON lines on stdout (README.md). Where nobody reads them any more, the process ends at once.
#pragma once

#include "engine/base/digest.h"

#include <cstdint>
#include <string>

namespace baker {

enum class FailureKind { kUnreachable, kMismatch, kTruncated, kDisk };

// In bytes; `total` 0: unknown.
void report_progress(const std::string& name, std::uint64_t done, std::uint64_t total);
void report_retry(const std::string& name, const std::string& url, const std::string& reason,
                  unsigned attempt);
void report_source_failed(const std::string& name, const std::string& url,
                          const std::string& reason);
void report_done(const std::string& name, const Digest& digest, std::uint64_t bytes);
void report_failed(const std::string& name, FailureKind kind, const std::string& message);

}  // namespace baker
