#include "complaint.h"

namespace baker::kafka_probe {
namespace {

constexpr std::string_view kFailed = " failed: ";

std::string without_state(const std::string& reason) {
  return reason.substr(0, reason.rfind(" (after "));
}

std::string without_repetition_of_the_address(const std::string& reason) {
  const auto failed = reason.find(kFailed);
  if (!reason.starts_with("Connect to ") || failed == reason.npos) return reason;
  return reason.substr(failed + kFailed.size());
}

}  // namespace

Complaint parse_complaint(const std::string& text) {
  const auto end_of_name = text.find(": ");
  const auto slash = text.substr(0, end_of_name).rfind('/');
  if (end_of_name == text.npos || slash == text.npos) return {"", without_state(text)};
  // A name may begin with what the connection is to: "ssl://10.88.0.13:9092/3".
  const std::string name = text.substr(0, slash);
  const auto scheme = name.find("://");
  return {scheme == name.npos ? name : name.substr(scheme + 3),
          without_repetition_of_the_address(without_state(text.substr(end_of_name + 2)))};
}

}  // namespace baker::kafka_probe
