// JSON Lines, for programs; docs/json-events.md describes the records.
#pragma once

#include "engine/bake/events.h"

#include <ostream>

namespace baker {

class JsonReporter final : public EventSink {
 public:
  // Each record is flushed. The stream must outlive the reporter.
  explicit JsonReporter(std::ostream& out) : out_(out) {}
  void on(const Event& event) override;

 private:
  std::ostream& out_;
};

}  // namespace baker
