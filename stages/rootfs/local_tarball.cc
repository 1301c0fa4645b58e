// { tar = "base.tar.zst" }: a tarball of the pipeline's folder.
#include "source.h"

#include <filesystem>

namespace baker::rootfs {
namespace {

class LocalTarball final : public Source {
 public:
  explicit LocalTarball(const Options& options) : file_(options.path("tar")) {}

  std::string name() const override { return "the tarball " + file_name(); }

  Found resolve(const Network& network, const Context&) const override {
    const std::string sha256 = network.add_to_downloads(file_);
    return {.base = file_name(),
            .pins = {{{"kind", "tarball"}, {"name", file_name()}, {"sha256", sha256}}}};
  }

  void fetch(const Network& network, const Context& context, const Pins& pins) const override {
    try {
      network.add_to_downloads(file_, pins.front().at("sha256").get<std::string>());
    } catch (const StageError& error) {
      throw StageError(std::string(error.what()) + "; if " + file_name() +
                       " was changed on purpose, `" + context.command_line("update") + "` pins it");
    }
  }

 private:
  std::string file_name() const { return std::filesystem::path(file_).filename().string(); }

  std::string file_;
};

}  // namespace

std::unique_ptr<Source> local_tarball_source(const Options& options) {
  return std::make_unique<LocalTarball>(options);
}

}  // namespace baker::rootfs
