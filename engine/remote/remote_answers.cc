#include "engine/remote/remote_answers.h"

#include "engine/base/error.h"

#include <nlohmann/json.hpp>

namespace baker {
namespace {

constexpr size_t kShown = 200;

// As registries give it; servers of files have nothing to say.
std::string reason_in(const std::string& body) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("errors") || !json["errors"].is_array() ||
      json["errors"].empty() || !json["errors"][0].is_object())
    return "";
  const nlohmann::json& error = json["errors"][0];
  const auto text = [&error](const char* field) {
    return error.contains(field) && error[field].is_string() ? error[field].get<std::string>() : "";
  };
  return (" (" + text("code") + ": " + text("message")).substr(0, kShown) + ")";
}

}  // namespace

void refuse_answer(const HttpAnswer& answer, const std::string& what) {
  const std::string said = "it answered " + std::to_string(answer.status) + reason_in(answer.body);
  std::string why = what + ": " + said;
  if (answer.status == 401)
    why = what + ": it wants a password, and there is none that it takes: " + said +
          ". `skopeo login` keeps one";
  if (answer.status == 403) why = what + " is not allowed: " + said;
  if (answer.status == 405) why = what + " is not possible there, it may be read-only: " + said;
  throw Error(ErrorCode::kUnreachable, why);
}

}  // namespace baker
