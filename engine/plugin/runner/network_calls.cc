// The outside world, while a stage resolves and fetches.
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/events.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace baker {
namespace {

using Json = Calls::Json;

// Of a file in memory that a program wrote to, without the last line break.
std::string content_of(const UniqueFd& file) {
  lseek(file.get(), 0, SEEK_SET);
  std::string text = read_all(file.get());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string get(const Calls& calls, const std::string& url) {
  UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
  Pipe out = make_pipe();
  UniqueFd errors = memory_file("");
  Process process(
      {.argv = {calls.request().download_program, "--get", url},
       .environment = {},
       .directory = "",
       .descriptors = {{nothing.get(), 0}, {out.write_end.get(), 1}, {errors.get(), 2}}});
  out.write_end.reset();
  std::string body = read_all(out.read_end.get());
  const int status = process.wait().as_shell_status();
  if (status == 0) return body;
  throw Error(status == 2 ? ErrorCode::kUnreachable : ErrorCode::kFailed, content_of(errors));
}

// baker-download's lines go on to the engine, which shows the progress.
void download(const Calls& calls, const Json& arguments) {
  UniqueFd request = memory_file(arguments.dump());
  UniqueFd errors = memory_file("");
  Pipe out = make_pipe();
  Process process(
      {.argv = {calls.request().download_program, "--store", calls.request().downloads_folder},
       .environment = {},
       .directory = "",
       .descriptors = {{request.get(), 0}, {out.write_end.get(), 1}, {errors.get(), 2}}});
  out.write_end.reset();
  std::string failure;
  bool unreachable = true;
  FILE* lines = fdopen(out.read_end.release(), "r");
  char* line = nullptr;
  size_t capacity = 0;
  while (getline(&line, &capacity, lines) > 0) {
    Json event = Json::parse(line, nullptr, false);
    if (event.is_discarded()) continue;
    if (event.value("event", "") == "failed") {
      failure += (failure.empty() ? "" : "; ") + event.value("message", "");
      unreachable = unreachable && event.value("kind", "") == "unreachable";
    }
    emit_event({{"event", "download"}, {"download", event}});
  }
  std::free(line);
  fclose(lines);
  if (process.wait().ok()) return;
  if (failure.empty()) throw Error("baker-download failed: " + content_of(errors));
  throw Error(unreachable ? ErrorCode::kUnreachable : ErrorCode::kFailed, failure);
}

void copy_content(const std::string& from, int target, const std::string& to) {
  UniqueFd source = open_or_throw(from, O_RDONLY);
  for (;;) {
    ssize_t count = sendfile(target, source.get(), nullptr, size_t{1} << 30);
    if (count == 0) break;
    if (count < 0) throw system_error("cannot copy " + from + " to " + to, to);
  }
  if (fchmod(target, 0644) != 0 || fsync(target) != 0) throw system_error("cannot sync " + to, to);
}

// Copied in the step's own folder, which is removed also after a kill. What counts is what was
// copied.
std::string add_copy(const std::string& file, const std::string& expected,
                     const std::string& work_folder, const std::string& folder) {
  std::string copy = work_folder + "/added-XXXXXX";
  const UniqueFd target(mkostemp(copy.data(), O_CLOEXEC));
  if (!target.valid()) throw system_error("cannot make a file in " + work_folder, work_folder);
  try {
    copy_content(file, target.get(), copy);
    const Digest digest = digest_file(copy);
    if (!expected.empty() && digest.hex() != expected) {
      throw Error(file.substr(file.rfind('/') + 1) + " has the SHA-256 " + digest.hex() + ", and " +
                  expected + " is pinned; nothing was kept");
    }
    if (rename(copy.c_str(), (folder + "/" + digest.file_name()).c_str()) != 0)
      throw system_error("cannot keep " + file, folder);
    return digest.hex();
  } catch (const Error&) {
    unlink(copy.c_str());
    throw;
  }
}

std::string add_to_downloads(const Calls& calls, const std::string& file,
                             const std::string& expected) {
  const std::string& folder = calls.request().downloads_folder;
  std::string digest = add_copy(file, expected, calls.request().work_folder, folder);
  sync_folder(folder);
  return digest;
}

}  // namespace

void add_network_calls(Calls& calls) {
  calls.add("network.get", [&calls](const Json& arguments, std::string_view) {
    return get(calls, arguments.at("url").get<std::string>());
  });
  calls.add("network.download", [&calls](const Json& arguments, std::string_view) -> std::string {
    download(calls, arguments);
    return "{}";
  });
  calls.add("downloads.add", [&calls](const Json& arguments, std::string_view) {
    return add_to_downloads(calls, arguments.at("file").get<std::string>(),
                            arguments.at("sha256").get<std::string>());
  });
}

}  // namespace baker
