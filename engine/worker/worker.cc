#include "engine/worker/worker.h"

#include "cache/store.h"
#include "engine/bake/runner_process.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/remote/ask_remote.h"
#include "engine/worker/event_printer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr int kBeatMs = 2000;

class Worker {
 public:
  Worker(const Json& request, const WorkerPlaces& places, const PluginFiles& plugins)
      : request_(request),
        places_(places),
        plugins_(plugins),
        files_(real_file_ops()),
        store_(places.cache, *files_) {}

  int run() {
    check_fit();
    store_.prepare();
    store_.begin_use();
    store_.sweep();
    for (const Json& layer : request_.at("layers")) bring_layer(layer);
    bring_content();
    folder_.emplace(store_.make_work_folder());
    bring_inputs();
    const StepResult result = bake();
    for (const std::string& file : result.damaged)
      unlink((store_.downloads_folder() + "/" + file).c_str());
    if (!result.damaged.empty()) throw Error("what the stage pins was damaged in the cache there");
    const bool is_full = result.error.find(std::strerror(ENOSPC)) != std::string::npos;
    if (!result.answered || is_full) throw Error(result.error);
    if (!result.ok) {
      print_event({{"event", "result"}, {"status", 1}, {"reply", result.error}});
      return EXIT_FAILURE;
    }
    give_layer(result);
    return EXIT_SUCCESS;
  }

 private:
  // All that the key says about the host that bakes.
  void check_fit() const {
    if (const int format = request_.value("format", 0); format != kFormat)
      throw Error("the builder's baker asks in format " + std::to_string(format) +
                  ", and the one here knows " + std::to_string(kFormat) +
                  ": both need the same version");
    if (request_.at("runner").get<std::int64_t>() != kRunnerBehaviour)
      throw Error(
          "the baker here bakes in another way than the builder's: both need the same version");
    if (const auto wanted = request_.at("step").at("architecture").get<std::string>();
        wanted != StageKeys::architecture())
      throw Error("it is an " + StageKeys::architecture() + " host, and the stage is for " +
                  wanted);
    DigestMemo memo("");
    const std::string type = request_.at("type").get<std::string>();
    if (memo.file(plugins_.plugin_file(type)).hex != request_.at("plugin").get<std::string>())
      throw Error("its plugin for `" + type + "` is another build than the builder's");
  }

  Json ask(const std::string& what, const Json& request, const OnRemoteEvent& on_event) const {
    return ask_remote(places_.remote_program, what, request, on_event, places_.interrupt_fd);
  }

  Json remote_request() const { return request_.at("remote"); }

  void bring_layer(const Json& layer) {
    const auto digest = Digest::from_hex(layer.at("layer").get<std::string>());
    if (!digest) throw Error("the request names no layer");
    if (store_.has_whole_layer(*digest)) return;
    const WorkFolder folder = store_.make_work_folder();
    Json wanted = remote_request();
    wanted["key"] = layer.at("key");
    wanted["name"] = layer.at("stage");
    wanted["downloads"] = store_.downloads_folder();
    wanted["folder"] = folder.path() + "/layer";
    std::optional<Digest> came;
    const Json reply = ask("pull", wanted, [&](const Json& event) {
      if (event.value("event", "") == "layer")
        came = Digest::from_hex(event.value("digest", ""));
      else
        print_event(event);
    });
    const std::string stage = layer.at("stage").get<std::string>();
    if (reply.contains("refused"))
      throw Error("the layer of stage " + stage + " is not used: " + reply.value("refused", ""));
    if (came != digest) throw Error("the shared cache does not have the layer of stage " + stage);
    store_.commit({{folder.path() + "/layer",
                    *digest,
                    wanted["key"].get<std::string>(),
                    {.layer = *digest,
                     .key_text = layer.at("key-text").get<std::string>(),
                     .log = "It was baked elsewhere.\n",
                     .finished = time(nullptr)}}});
  }

  void bring_content() {
    Json wanted = remote_request();
    wanted["content"] = Json::array();
    wanted["downloads"] = store_.downloads_folder();
    for (const Json& file : request_.at("content"))
      if (!store_.has_download(file.get<std::string>()))
        wanted["content"].push_back({{"name", request_.at("stage")}, {"file", file}});
    if (wanted["content"].empty()) return;
    ask("content", wanted, print_event);
    for (const Json& file : wanted["content"])
      if (!store_.has_download(file.at("file").get<std::string>()))
        throw Error("the shared cache does not have all that the stage pins");
  }

  void bring_inputs() {
    if (!request_.contains("inputs")) return;
    Json wanted = remote_request();
    wanted["tree"] = request_.at("inputs");
    wanted["name"] = request_.at("stage");
    wanted["folder"] = folder_->path() + "/sent";
    ask("take", wanted, print_event);
  }

  StepResult bake() {
    StageRequest step = StageRequest::from_json(request_.at("step").dump());
    step.unverified = request_.at("content").get<std::vector<std::string>>();
    step.plugin = absolute_path(plugins_.plugin_file(request_.at("type").get<std::string>()));
    step.work_folder = folder_->path();
    step.downloads_folder = store_.downloads_folder();
    step.roots_folder = store_.folder() + "/roots";
    step.download_program = places_.download_program;
    for (RequestInput& input : step.inputs)
      input.host_path = folder_->path() + "/sent/tree/" + input.name;
    std::vector<UniqueFd> layers;
    std::vector<int> folders;
    for (const RequestLayer& layer : step.layers) {
      layers.push_back(
          open_or_throw(store_.layer_path(*Digest::from_hex(layer.digest)), O_PATH | O_DIRECTORY));
      folders.push_back(layers.back().get());
    }
    RunnerProcess runner(places_.runner_program, step, folders, folder_->path() + "/log", printer_);
    watch(runner);
    StepResult result = runner.finish();
    if (timed_out_) {
      result.ok = false;
      result.error =
          "it did not end in time and was stopped (`timeout` of the stage says how long "
          "it may take)";
    }
    return result;
  }

  // Says now and then that it is alive: a builder that is gone is noticed when it does not listen.
  void watch(RunnerProcess& runner) {
    const auto end =
        runner.started() + std::chrono::seconds(request_.at("timeout-seconds").get<std::int64_t>());
    while (!runner.finished()) {
      if (!timed_out_ && std::chrono::steady_clock::now() >= end) {
        timed_out_ = true;
        runner.stop();
      }
      pollfd streams[] = {{places_.interrupt_fd, POLLIN, 0},
                          {runner.events_fd(), POLLIN, 0},
                          {runner.output_fd(), POLLIN, 0}};
      if (poll(streams, 3, kBeatMs) == 0) print_event({{"event", "alive"}});
      if (streams[0].revents != 0) throw Error(ErrorCode::kInterrupted, "it was told to end");
      runner.read_events();
      runner.read_output();
    }
  }

  void give_layer(const StepResult& result) {
    Json wanted = remote_request();
    wanted["folder"] = folder_->path() + "/layer";
    wanted["scratch"] = folder_->path();
    const Json tree = ask("give", wanted, print_event);
    print_event({{"event", "layer"},
                 {"digest", result.layer},
                 {"bytes", result.bytes},
                 {"entries", result.entries}});
    print_event({{"event", "result"}, {"status", 0}, {"reply", tree.dump()}});
  }

  const Json& request_;
  const WorkerPlaces& places_;
  const PluginFiles& plugins_;
  std::unique_ptr<FileOps> files_;
  Store store_;
  EventPrinter printer_;
  std::optional<WorkFolder> folder_;
  bool timed_out_ = false;
};

}  // namespace

int carry_out(const Json& request, const WorkerPlaces& places, const PluginFiles& plugins) try {
  return Worker(request, places, plugins).run();
} catch (const Json::exception&) {
  print_event({{"event", "unfit"},
               {"text", "it can't read what the builder asks: both need the same version"}});
  return kUnfit;
} catch (const Error& error) {
  if (error.code() != ErrorCode::kInterrupted)
    print_event({{"event", "unfit"}, {"text", error.describe()}});
  return kUnfit;
}

}  // namespace baker
