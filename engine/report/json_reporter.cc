#include "engine/report/json_reporter.h"

#include "engine/report/words.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace baker {
namespace {

using Record = nlohmann::ordered_json;

Record text_or_null(const std::string& text) {
  return text.empty() ? Record() : Record(text);
}

Record number_or_null(bool known, std::uint64_t number) {
  return known ? Record(number) : Record();
}

// Rounded to what a person or a graph can use.
double to_milliseconds(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

std::string level(bool warning) {
  return warning ? "warning" : "info";
}

std::string outcome_name(StageOutcome outcome) {
  return outcome == StageOutcome::kInPlace ? "in-place" : std::string(outcome_word(outcome));
}

struct ToRecord {
  Record operator()(const RunStarted& run) const {
    return {{"event", "run-started"}, {"pipeline", run.pipeline}, {"stages", run.stages}};
  }
  Record operator()(const StageStarted& stage) const {
    return {{"event", "stage-started"},
            {"stage", stage.stage},
            {"step", stage.step},
            {"reason", text_or_null(stage.reason)},
            {"where", text_or_null(stage.where)}};
  }
  Record operator()(const StageWaiting& stage) const {
    return {{"event", "stage-waiting"}, {"stage", stage.stage}, {"for", stage.for_what}};
  }
  Record operator()(const StageOutput& output) const {
    return {{"event", "stage-output"}, {"stage", output.stage}, {"line", output.line}};
  }
  Record operator()(const StageMessage& message) const {
    return {{"event", "stage-message"},
            {"stage", message.stage},
            {"level", level(message.warning)},
            {"text", message.text}};
  }
  Record operator()(const StageWaitsFor& stage) const {
    return {{"event", "stage-waits-for"}, {"stage", stage.stage}, {"what", stage.what}};
  }
  Record operator()(const DownloadProgress& download) const {
    return {{"event", "download"},
            {"stage", download.stage},
            {"name", download.name},
            {"done", download.done},
            {"total", number_or_null(download.total > 0, download.total)},
            {"finished", download.finished}};
  }
  Record operator()(const StageFinished& stage) const {
    const bool baked =
        stage.outcome == StageOutcome::kBaked || stage.outcome == StageOutcome::kPulled;
    return {{"event", "stage-finished"},
            {"stage", stage.stage},
            {"outcome", outcome_name(stage.outcome)},
            {"seconds", to_milliseconds(stage.seconds)},
            {"layer", text_or_null(stage.layer)},
            {"bytes", number_or_null(baked, stage.bytes)},
            {"detail", text_or_null(stage.detail)}};
  }
  Record operator()(const Note& note) const {
    return {{"event", "note"}, {"level", level(note.warning)}, {"text", note.text}};
  }
  Record operator()(const RunFinished& run) const {
    return {{"event", "run-finished"},
            {"pipeline", run.pipeline},
            {"ok", run.ok},
            {"baked", run.baked},
            {"cached", run.cached},
            {"pulled", run.pulled},
            {"placed", run.placed},
            {"in_place", run.in_place},
            {"removed", run.removed},
            {"pending", run.pending},
            {"seconds", to_milliseconds(run.seconds)},
            {"notes", run.notes},
            {"next", text_or_null(run.next)}};
  }
};

}  // namespace

void JsonReporter::on(const Event& event) {
  const Record record = std::visit(ToRecord{}, event);
  const bool ascii_only = false;
  out_ << record.dump(-1, ' ', ascii_only, Record::error_handler_t::replace) << "\n" << std::flush;
}

}  // namespace baker
