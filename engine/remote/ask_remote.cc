#include "engine/remote/ask_remote.h"

#include "engine/base/error.h"
#include "engine/io/process.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr int kBeatMs = 2000;

struct Answer {
  bool came = false;
  bool ok = false;
  bool unreachable = false;
  std::string reply;
};

void take_line(const std::string& line, Answer& answer, const OnRemoteEvent& on_event) {
  const Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return;
  if (event.value("event", "") != "result") {
    if (on_event) on_event(event);
    return;
  }
  answer = {true, event.value("status", 1) == 0, event.value("unreachable", false),
            event.value("reply", "")};
}

Answer read_answer(int events, const OnRemoteEvent& on_event, int interrupt_fd) {
  Answer answer;
  std::string bytes;
  std::array<char, 65536> part{};
  for (;;) {
    std::array<pollfd, 2> fds = {pollfd{interrupt_fd, POLLIN, 0}, pollfd{events, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), kBeatMs);
    if (ready < 0 && errno == EINTR) continue;
    if (fds[0].revents != 0) throw Error(ErrorCode::kInterrupted, "interrupted");
    if (ready == 0) {
      if (on_event) on_event({{"event", "alive"}});
      continue;
    }
    const ssize_t count = read(events, part.data(), part.size());
    if (count <= 0) return answer;
    bytes.append(part.data(), static_cast<size_t>(count));
    size_t start = 0;
    for (size_t end; (end = bytes.find('\n', start)) != std::string::npos; start = end + 1)
      take_line(bytes.substr(start, end - start), answer, on_event);
    bytes.erase(0, start);
  }
}

}  // namespace

Json ask_remote(const std::string& program, const std::string& what, const Json& request,
                const OnRemoteEvent& on_event, int interrupt_fd) {
  Pipe events = make_pipe();
  const UniqueFd sent = memory_file(request.dump());
  SpawnOptions options;
  options.argv = {program, what};
  options.descriptors = {{sent.get(), 0}, {events.write_end.get(), 1}, {2, 2}};
  Process helper(options);
  events.write_end.reset();
  const Answer answer = read_answer(events.read_end.get(), on_event, interrupt_fd);
  const bool ended_well = helper.wait().ok();
  if (!answer.came || (answer.ok && !ended_well))
    throw Error("baker-remote ended without an answer");
  if (!answer.ok)
    throw Error(answer.unreachable ? ErrorCode::kUnreachable : ErrorCode::kFailed, answer.reply);
  return Json::parse(answer.reply, nullptr, false);
}

}  // namespace baker
