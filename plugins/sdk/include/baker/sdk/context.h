// What every step of a stage knows besides its options.
#pragma once

#include <baker/sdk/options.h>
#include <baker/sdk/probe.h>
#include <baker/sdk/runner.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace baker {

// One resolved fact about the outside world: an object of strings, numbers, booleans and lists, as
// it stands in the lock file. Keys that baker knows:
//   sha256, sha512   the digest (hex) of content that the stage needs while it runs
//   url              where baker itself fetches that content; without it the stage's fetch does
//   mirrors          other urls of the same content, where it is fetched from if that has it no
//   more
//   note             what each run that uses the pin tells the user at its end
using Pin = Json;
using Pins = std::vector<Pin>;

class Context {
 public:
  Context(const Json& request, const baker_runner* runner) : request_(request), runner_(runner) {}

  // The stage's name in the pipeline. Not while it resolves or bakes, as no key has it.
  std::string stage() const {
    if (!request_.contains("stage"))
      throw StageError("a stage is not told its name while it resolves or bakes");
    return request_.at("stage").get<std::string>();
  }
  // As Debian names it: "amd64".
  std::string architecture() const { return request_.at("architecture").get<std::string>(); }
  // Seconds since 1970: the time that everything in the layer gets.
  std::int64_t source_date_epoch() const {
    return request_.at("source-date-epoch").get<std::int64_t>();
  }

  // What `resolve` returned, now or earlier; empty while it resolves.
  Pins pins() const { return request_.at("pins").get<Pins>(); }
  // Where the content of a pin with a digest can be read, verified. While the stage fetches it may
  // not be there yet.
  std::string file_of(const Pin& pin) const {
    const char* algorithm = pin.contains("sha512") ? "sha512" : "sha256";
    return request_.at("downloads").get<std::string>() + "/" + algorithm + "-" +
           pin.at(algorithm).get<std::string>();
  }
  // An empty folder of this step's own, gone afterwards. In memory while the stage runs.
  std::string scratch() const { return request_.at("scratch").get<std::string>(); }

  // Where the files lie that come with the plugin (DATA of baker_add_stage_plugin), while the stage
  // resolves and fetches. They are no part of the key of what it bakes.
  std::string data_folder() const { return request_.at("data").get<std::string>(); }

  // What the user can type to do something about it, for a message: "up" or "down" of this
  // pipeline, or "update" of this stage's pins, with the params and folders of this call. Not while
  // the stage runs, when nothing of the caller's is known.
  std::string command_line(const std::string& command) const {
    return request_.at("commands").value(command, "baker " + command);
  }

  // For a probe: what baker remembers of the last `baker up`.
  Before before() const {
    const Json& known = request_.at("before");
    return {known.value("options", Json()), known.value("remembered", Json()),
            known.value("outgoing", Json::object()),
            known.value("leaving", std::vector<std::string>{})};
  }

  // A line of the stage's log (`baker log`, --verbose).
  void info(const std::string& text) const { log("info", text); }
  // A warning of the run, and a line of the log. A cached layer repeats none: what every run has to
  // say is a pin's `note`.
  void warn(const std::string& text) const { log("warning", text); }

 private:
  void log(const char* level, const std::string& text) const {
    const std::string in_utf8 = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    sdk::Runner(runner_).call("log", {{"level", level}, {"text", Json::parse(in_utf8)}});
  }

  Json request_;
  const baker_runner* runner_;
};

}  // namespace baker
