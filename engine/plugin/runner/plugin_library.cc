#include "engine/plugin/runner/plugin_library.h"

#include "engine/base/error.h"

#include <fmt/core.h>

#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <system_error>

namespace baker {

struct PluginLibrary::Impl {
  boost::dll::shared_library library;
};

PluginLibrary::PluginLibrary(const std::string& path, const std::string& name_for_messages)
    : impl_(std::make_unique<Impl>()) {
  using boost::dll::load_mode::rtld_local;
  using boost::dll::load_mode::rtld_now;
  try {
    // The overload that takes an error_code reports every failure as "Bad file descriptor".
    impl_->library.load(std::filesystem::path(path), rtld_now | rtld_local);
  } catch (const std::system_error& error) {
    throw Error("plugin " + name_for_messages + " can't be loaded: " + error.what());
  }
  if (!impl_->library.has(BAKER_PLUGIN_ENTRY)) {
    throw Error("plugin " + name_for_messages +
                " exports no \"" BAKER_PLUGIN_ENTRY
                "\": end its source with BAKER_STAGE(YourStage)");
  }
  table_ = impl_->library.get<const baker_plugin*()>(BAKER_PLUGIN_ENTRY)();
  if (!table_) throw Error("plugin " + name_for_messages + " returns no plugin table");
  if (table_->abi_version != BAKER_ABI_VERSION) {
    throw Error(fmt::format(
        "plugin {} uses version {} of the plugin interface, this baker uses version {}: "
        "build the plugin again with this baker's SDK",
        name_for_messages, table_->abi_version, BAKER_ABI_VERSION));
  }
  if (table_->struct_size < sizeof(baker_plugin) || !table_->perform) {
    throw Error("plugin " + name_for_messages + " returns a plugin table that is cut short");
  }
}

PluginLibrary::~PluginLibrary() = default;

}  // namespace baker
