#include "engine/remote/ask_remote.h"

#include "engine/base/error.h"
#include "engine/io/process.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace baker {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

nlohmann::json ask_remote(const std::string& program, const std::string& what,
                          const nlohmann::json& request,
                          const std::function<void(const nlohmann::json&)>& on_event) {
  Pipe events = make_pipe();
  const UniqueFd sent = memory_file(request.dump());
  SpawnOptions options;
  options.argv = {program, what};
  options.descriptors = {{sent.get(), 0}, {events.write_end.get(), 1}, {2, 2}};
  Process helper(options);
  events.write_end.reset();
  const std::unique_ptr<std::FILE, CloseFile> lines(fdopen(events.read_end.release(), "r"));
  std::string reply;
  bool ok = false;
  char* line = nullptr;
  size_t size = 0;
  while (getline(&line, &size, lines.get()) > 0) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    if (event.value("event", "") == "result") {
      ok = event.value("status", 1) == 0;
      reply = event.value("reply", "");
    } else if (on_event) {
      on_event(event);
    }
  }
  std::free(line);
  if (!helper.wait().ok() || !ok)
    throw Error(reply.empty() ? "baker-remote ended without an answer" : reply);
  return nlohmann::json::parse(reply, nullptr, false);
}

}  // namespace baker
