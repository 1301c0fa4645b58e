#include "engine/cli/push_layers.h"

#include "engine/bake/shared_record.h"
#include "engine/base/text.h"
#include "engine/io/files.h"

#include <algorithm>
#include <set>

namespace baker {
namespace {

// Files of the download store that these stages pin, as far as they are there.
nlohmann::json pinned_content(Session& session, const std::vector<PlannedStage>& planned,
                              const std::vector<bool>& wanted) {
  std::set<std::string> files;
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!wanted[i]) continue;
    for (const std::string& file : pinned_downloads(planned[i].pins))
      if (session.store().has_download(file)) files.insert(file);
  }
  return files;
}

}  // namespace

void tell_what_others_see(Session& session, const RemoteSettings& remote, EventSink& sink) {
  const std::string told = session.store().memo_path("told-of-pushes");
  std::string remotes = read_file_if_exists(told).value_or("");
  if (std::ranges::count(split(remotes, '\n'), remote.url) > 0) return;
  sink.on(
      Note{true, "whoever can read " + remote.url +
                     " can read all files of the layers that are pushed there, what their "
                     "stages pin and read, and their options (of private ones the digest). This "
                     "is said once."});
  remotes += remote.url + "\n";
  write_file_atomically(told, remotes, 0600, false);
}

PushedLayers push_layers(Session& session, const RemoteSettings& remote,
                         const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted,
                         const PushOptions& options, EventSink& sink) {
  nlohmann::json layers = nlohmann::json::array();
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!wanted[i] || !planned[i].layer) continue;
    nlohmann::json layer = layer_to_push(session.store(), session.pipeline().stages[i],
                                         planned[i].key->hex, *planned[i].layer, options.with_logs);
    if (!layer.is_null()) layers.push_back(std::move(layer));
  }
  PushedLayers pushed;
  nlohmann::json content = pinned_content(session, planned, wanted);
  if (layers.empty() && content.empty()) return pushed;
  tell_what_others_see(session, remote, sink);
  const WorkFolder scratch = session.store().make_work_folder();
  nlohmann::json request = request_to(remote);
  request["layers"] = std::move(layers);
  request["scratch"] = scratch.path();
  request["content"] = std::move(content);
  request["downloads"] = session.store().downloads_folder();
  const nlohmann::json reply = ask_remote(
      "push", request,
      [&](const nlohmann::json& event) {
        const std::uint64_t bytes = event.value("bytes", std::uint64_t{0});
        const std::string left_out = event.value("left-out", "");
        const std::string stage = event.value("stage", "");
        if (!left_out.empty()) {
          sink.on(Note{true, stage + " is not pushed: " + left_out});
        } else if (bytes > 0) {
          ++pushed.sent;
          pushed.bytes += bytes;
          sink.on(Note{false, stage + ": pushed, " + human_bytes(bytes)});
        } else if (!stage.empty()) {
          ++pushed.there;
        }
      },
      options.interrupt_fd);
  pushed.content_bytes = reply.value("content-bytes", std::uint64_t{0});
  return pushed;
}

}  // namespace baker
