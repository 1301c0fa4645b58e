// What a plugin may ask of the runner: the methods of baker_runner::call, by name.
// docs/plugin-guide.md lists them; each family is registered by one function below.
#pragma once

#include "engine/io/root_dir.h"
#include "engine/plugin/runner/confinement.h"
#include "engine/plugin/stage_request.h"
#include "plugins/sdk/include/baker/abi.h"

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace baker {

// `request` and `view` outlive it. It must not be moved: the plugin's table points to it.
class Calls {
 public:
  using Json = nlohmann::json;
  // Returns the reply; throws Error.
  using Method = std::function<std::string(const Json& arguments, std::string_view payload)>;

  Calls(const StageRequest& request, const View& view);

  void add(std::string name, Method method) { methods_[std::move(name)] = std::move(method); }
  // The trees that root.* calls work on: "" is the root of the stage. Throws Error where there is
  // none of that name. Good until another one of that name is added.
  RootDir& tree(const std::string& name);
  void add_tree(const std::string& name, const std::string& folder);

  const StageRequest& request() const { return request_; }
  const View& view() const { return view_; }
  // The table that the plugin gets. It lives as long as this object.
  const baker_runner* table() const { return &table_; }

 private:
  static int call(void* self, const char* method, baker_text arguments, baker_text payload,
                  baker_reply reply);

  const StageRequest& request_;
  const View& view_;
  std::map<std::string, Method> methods_;
  std::map<std::string, std::unique_ptr<RootDir>> trees_;
  baker_runner table_;
};

void add_root_calls(Calls& calls);     // log, root.write, root.read, …
void add_command_calls(Calls& calls);  // root.run
void add_network_calls(Calls& calls);  // network.*, downloads.add
void add_host_calls(Calls& calls);     // host.run, host.make-folder, host.can-map-ids
void add_machine_calls(Calls& calls);  // host.prepare-machine
void add_probe_calls(Calls& calls);    // machines.running, machines.run, machines.list

}  // namespace baker
