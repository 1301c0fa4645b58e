#include "engine/plugin/runner/calls.h"

#include "engine/base/error.h"

namespace baker {

Calls::Calls(const StageRequest& request, const View& view)
    : request_(request), view_(view), table_{sizeof(baker_runner), this, &Calls::call} {}

RootDir& Calls::tree(const std::string& name) {
  auto found = trees_.find(name);
  if (found == trees_.end()) {
    throw Error(name.empty() ? "the stage has no root in this step"
                             : "the stage has no tree \"" + name + "\"");
  }
  return *found->second;
}

void Calls::add_tree(const std::string& name, const std::string& folder) {
  trees_[name] = std::make_unique<RootDir>(folder);
}

int Calls::call(void* self, const char* method, baker_text arguments, baker_text payload,
                baker_reply reply) {
  auto answer = [&](int status, std::string_view text) {
    reply.append(reply.to, text.data(), text.size());
    return status;
  };
  auto& calls = *static_cast<Calls*>(self);
  try {
    auto found = calls.methods_.find(method);
    if (found == calls.methods_.end()) {
      return answer(BAKER_FAILED, std::string("the runner offers no \"") + method + "\" in step " +
                                      calls.request_.step);
    }
    const Json parsed = Json::parse(std::string_view(arguments.data, arguments.size));
    return answer(BAKER_OK, found->second(parsed, {payload.data, payload.size}));
  } catch (const Error& error) {
    return answer(error.code() == ErrorCode::kUnreachable ? BAKER_UNREACHABLE : BAKER_FAILED,
                  error.describe());
  } catch (const Json::exception& error) {
    const std::string_view words = error.what();
    return answer(BAKER_FAILED, std::string("call of \"") + method + "\" with wrong arguments: " +
                                    std::string(words.substr(words.find("] ") + 2)));
  } catch (const std::exception& error) {
    return answer(BAKER_FAILED, std::string("\"") + method + "\" failed: " + error.what());
  }
}

}  // namespace baker
