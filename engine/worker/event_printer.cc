#include "engine/worker/event_printer.h"

#include "engine/base/error.h"

#include <cstdio>

namespace baker {

void print_event(const nlohmann::json& event) {
  const std::string line =
      event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0)
    throw Error(ErrorCode::kInterrupted, "the builder is gone");
}

void EventPrinter::on(const Event& event) {
  if (const auto* output = std::get_if<StageOutput>(&event))
    print_event({{"event", "output"}, {"line", output->line}});
  if (const auto* message = std::get_if<StageMessage>(&event))
    print_event({{"event", "log"},
                 {"level", message->warning ? "warning" : "info"},
                 {"text", message->text}});
  if (const auto* download = std::get_if<DownloadProgress>(&event))
    print_event({{"event", download->finished ? "done" : "progress"},
                 {"name", download->name},
                 {"done", download->done},
                 {"bytes", download->done},
                 {"total", download->total}});
}

}  // namespace baker
