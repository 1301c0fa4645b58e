#include "engine/io/download/report.h"

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

using OrderedJson = nlohmann::ordered_json;

void print(const OrderedJson& event) {
  const std::string line = event.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0)
    std::_Exit(EXIT_FAILURE);  // what has come so far stays, for the next process to go on from
}

const char* word_for(FailureKind kind) {
  switch (kind) {
    case FailureKind::kMismatch:
      return "mismatch";
    case FailureKind::kTruncated:
      return "truncated";
    case FailureKind::kDisk:
      return "disk";
    case FailureKind::kUnreachable:
      break;
  }
  return "unreachable";
}

}  // namespace

void report_progress(const std::string& name, std::uint64_t done, std::uint64_t total) {
  print({{"event", "progress"}, {"name", name}, {"done", done}, {"total", total}});
}

void report_retry(const std::string& name, const std::string& url, const std::string& reason,
                  unsigned attempt) {
  print(
      {{"event", "retry"}, {"name", name}, {"url", url}, {"reason", reason}, {"attempt", attempt}});
}

void report_source_failed(const std::string& name, const std::string& url,
                          const std::string& reason) {
  print({{"event", "source-failed"}, {"name", name}, {"url", url}, {"reason", reason}});
}

void report_done(const std::string& name, const Digest& digest, std::uint64_t bytes) {
  print({{"event", "done"}, {"name", name}, {"digest", digest.file_name()}, {"bytes", bytes}});
}

void report_failed(const std::string& name, FailureKind kind, const std::string& message) {
  print({{"event", "failed"}, {"name", name}, {"kind", word_for(kind)}, {"message", message}});
}

}  // namespace baker
