// Calls from the stage into the runner. Stages use Root, Network and Host, which are made of these.
#pragma once

#include <baker/abi.h>
#include <baker/sdk/error.h>
#include <baker/sdk/options.h>

#include <string>
#include <string_view>

namespace baker::sdk {

inline baker_text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

inline void append_to_string(void* to, const char* data, size_t size) {
  static_cast<std::string*>(to)->append(data, size);
}

class Runner {
 public:
  explicit Runner(const baker_runner* table) : table_(table) {}

  // Raw bytes in, raw bytes out. Throws StageError or Unreachable with the runner's message.
  std::string call(const char* method, const Json& arguments, std::string_view payload = {}) const {
    std::string reply;
    const std::string sent = arguments.dump();
    int status = table_->call(table_->self, method, text_of(sent), text_of(payload),
                              {&reply, append_to_string});
    if (status == BAKER_UNREACHABLE) throw Unreachable(reply);
    if (status != BAKER_OK) throw StageError(reply);
    return reply;
  }
  Json call_json(const char* method, const Json& arguments, std::string_view payload = {}) const {
    return Json::parse(call(method, arguments, payload));
  }

 private:
  const baker_runner* table_;
};

}  // namespace baker::sdk
