// BAKER_STAGE(Class): the one exported symbol of a plugin, and the border where C++ ends.
#pragma once

#include <baker/abi.h>
#include <baker/sdk/stages.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

namespace baker::sdk {

template <typename StageType>
Json perform_layer_step(std::string_view step, StageType& stage, const Context& context,
                        const Options& options, const baker_runner* runner) {
  if (step == "resolve") {
    Network network(runner);
    return Json(stage.resolve(network, options));
  }
  if (step == "fetch") {
    Network network(runner);
    stage.fetch(network, options, context.pins());
    return Json::object();
  }
  if (step == "run") {
    Root root(runner);
    stage.run(root, options);
    return Json::object();
  }
  throw StageError("a layer stage has no step \"" + std::string(step) + "\"");
}

template <typename StageType>
Json perform_host_step(std::string_view step, StageType& stage, const Options& options,
                       const baker_runner* runner) {
  Host host(runner);
  if (step == "remove") {
    stage.remove(host, options);
    return Json::object();
  }
  if (step != "apply") throw StageError("a host stage has no step \"" + std::string(step) + "\"");
  Json machines = Json::array();
  const Applied applied = stage.apply(host, options);
  for (const PreparedMachine& machine : applied.machines) {
    machines.push_back({{"name", machine.name},
                        {"tree", machine.tree},
                        {"settings", machine.settings},
                        {"method", machine.method},
                        {"data", machine.data},
                        {"own-users", machine.own_users}});
  }
  return {{"machines", machines}, {"data", applied.data}};
}

template <typename StageType>
Json perform_probe_step(std::string_view step, StageType& stage, const Options& options,
                        const baker_runner* runner) {
  Machines machines(runner);
  if (step == "review") {
    const Review review = stage.review(machines, options);
    Json objections = Json::array();
    for (const Objection& each : review.objections)
      objections.push_back({{"text", each.text}, {"allow", each.allow}});
    return {{"objections", objections}, {"remember", review.remember}};
  }
  auto reply_with = [](const Probed& probed) -> Json {
    return {{"seen", probed.seen},
            {"replace-last", probed.replace_last},
            {"dispensable", probed.dispensable},
            {"facts", probed.facts},
            {"remember", probed.remember}};
  };
  if (step == "probe") return reply_with(stage.probe(machines, options));
  if (step == "observe") return reply_with(stage.observe(machines, options));
  if (step == "exercise") return reply_with(stage.exercise(machines, options));
  if (step == "retire") return reply_with(stage.retire(machines, options));
  if (step == "finalize") return reply_with(stage.finalize(machines, options));
  throw StageError("a probe stage has no step \"" + std::string(step) + "\"");
}

template <typename StageType>
int perform(const char* step, baker_text request, const baker_runner* runner, baker_reply reply) {
  auto answer = [&](int status, std::string_view text) {
    reply.append(reply.to, text.data(), text.size());
    return status;
  };
  try {
    const Json parsed = Json::parse(std::string_view(request.data, request.size));
    Context context(parsed, runner);
    const Options options(parsed.at("options"));
    StageType stage;
    stage.bind(context);
    if constexpr (std::is_base_of_v<LayerStage, StageType>) {
      return answer(BAKER_OK, perform_layer_step(step, stage, context, options, runner)
                                  .dump(-1, ' ', false, Json::error_handler_t::replace));
    } else if constexpr (std::is_base_of_v<ProbeStage, StageType>) {
      return answer(BAKER_OK, perform_probe_step(step, stage, options, runner)
                                  .dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      return answer(BAKER_OK, perform_host_step(step, stage, options, runner)
                                  .dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  } catch (const Unreachable& error) {
    return answer(BAKER_UNREACHABLE, error.what());
  } catch (const Json::exception& error) {
    const std::string_view words = error.what();  // "[json.exception…] key 'x' not found"
    return answer(BAKER_FAILED, "the stage could not use a JSON value: " +
                                    std::string(words.substr(words.find("] ") + 2)));
  } catch (const std::bad_alloc&) {
    return answer(BAKER_FAILED, "the stage ran out of memory");
  } catch (const std::exception& error) {
    return answer(BAKER_FAILED, error.what());
  } catch (...) {
    return answer(BAKER_FAILED,
                  "the stage threw something that is not an exception of the standard library");
  }
}

}  // namespace baker::sdk

#define BAKER_STAGE(StageType)                                                                     \
  extern "C" __attribute__((visibility("default"))) const baker_plugin* baker_plugin_entry(void) { \
    static const baker_plugin plugin = {BAKER_ABI_VERSION, sizeof(baker_plugin),                   \
                                        baker::sdk::perform<StageType>};                           \
    return &plugin;                                                                                \
  }
