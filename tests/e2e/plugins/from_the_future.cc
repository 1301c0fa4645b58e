// A plugin for another version of the binary border: its table is made by hand, without the SDK.
#include <baker/abi.h>

namespace {

int perform(const char*, baker_text, const baker_runner*, baker_reply) {
  return BAKER_OK;
}

constexpr unsigned kVersionOfTheFuture = 99;
const baker_plugin kPlugin = {kVersionOfTheFuture, sizeof(baker_plugin), perform};

}  // namespace

extern "C" __attribute__((visibility("default"))) const baker_plugin* baker_plugin_entry(void) {
  return &kPlugin;
}
