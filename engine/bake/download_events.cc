#include "engine/bake/download_events.h"

namespace baker {

void report_download(const nlohmann::json& line, const std::string& stage, EventSink& sink) {
  const std::string kind = line.value("event", "");
  const std::string name = line.value("name", "");
  if (kind == "progress") {
    sink.on(DownloadProgress{stage, name, line.value("done", std::uint64_t{0}),
                             line.value("total", std::uint64_t{0}), false});
  } else if (kind == "done") {
    const std::uint64_t bytes = line.value("bytes", std::uint64_t{0});
    sink.on(DownloadProgress{stage, name, bytes, bytes, true});
  } else if (kind == "retry") {
    sink.on(StageMessage{stage, false, name + ": " + line.value("reason", "") + ", trying again"});
  } else if (kind == "source-failed") {
    sink.on(StageMessage{stage, true,
                         name + ": " + line.value("url", "") + ": " + line.value("reason", "") +
                             ", trying the next source"});
  }
}

}  // namespace baker
