// Events of a step as lines of JSON on stdout, as the builder reads them from any step.
#pragma once

#include "engine/bake/events.h"

#include <nlohmann/json.hpp>

namespace baker {

// One line, at once. Throws Error (kInterrupted) where nobody reads it any more: the builder is
// gone.
void print_event(const nlohmann::json& event);

class EventPrinter : public EventSink {
 public:
  void on(const Event& event) override;
};

}  // namespace baker
