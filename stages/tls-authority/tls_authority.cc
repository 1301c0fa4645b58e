// `tls-authority`: keys and certificates on the host, for machines to be given by a bind.
#include "certificate.h"
#include "key_files.h"

#include <baker/stage.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>

namespace baker::tls_authority {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kForAll = 0755;
constexpr mode_t kFolderForGroup = 0750;
constexpr mode_t kForGroup = 0440;
constexpr mode_t kForRoot = 0400;

void require_address(const std::string& address) {
  const bool fits = std::ranges::all_of(
      address, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == ':'; });
  if (address.empty() || !fits) {
    throw StageError("\"" + address +
                     "\" in `addresses` is neither an address nor a name: give it without a port");
  }
}

struct TlsAuthority : HostStage {
  // Keys stay when `remove` is called: clients elsewhere may hold what they go with.
  Applied apply(Host& host, const Options& options) override {
    if (!options.boolean("enabled")) return {};
    const fs::path folder = options.string("folder");
    const bool ours = make_folder(host, folder, 0, kForAll);
    std::vector<std::string> made;
    if (ours) made.push_back(folder);
    const std::string authority = authority_in(folder / "authority.pem", options.string("name"));
    std::set<std::string> names;
    for (const Options& each : options.tables("members")) {
      const Member member{each.string("name"), each.strings("addresses")};
      if (!names.insert(member.name).second)
        throw StageError("`members` has \"" + member.name + "\" twice: give each its own name");
      std::ranges::for_each(member.addresses, require_address);
      const auto group = static_cast<gid_t>(each.integer("gid"));
      const fs::path own = folder / member.name;
      if (make_folder(host, own, group, kFolderForGroup) && !ours) made.push_back(own);
      provide(member, own, group, authority);
    }
    return {{}, made};
  }

 private:
  // Whether baker has made it, now or before: the mode and owner of any other are left alone.
  static bool make_folder(Host& host, const fs::path& folder, gid_t group, mode_t mode) {
    const bool ours = host.make_folder(folder, {.mode = mode, .gid = group});
    if (ours) give_key_folder(folder, group, mode);
    return ours;
  }

  std::string authority_in(const fs::path& file, const std::string& name) const {
    std::string authority = read_key_file(file);
    if (authority.empty()) {
      authority = make_authority(name);
      write_key_file(file, authority, 0, kForRoot);
      context().info("made an authority for TLS: " + file.string());
    }
    if (!is_identity(authority)) {
      throw StageError(file.string() +
                       " no longer has a key with its certificate: put it back from a copy; or, "
                       "for a new authority, stop all that uses it and remove the file");
    }
    give_key_file(file, 0, kForRoot);
    return authority;
  }

  void provide(const Member& member, const fs::path& folder, gid_t group,
               const std::string& authority) const {
    const fs::path trusted = folder / "ca.pem";
    const std::string certificate = certificate_of(authority);
    if (read_key_file(trusted) != certificate)
      write_key_file(trusted, certificate, group, kForGroup);
    give_key_file(trusted, group, kForGroup);

    const fs::path identity = folder / "identity.pem";
    if (!serves(read_key_file(identity), member, authority)) {
      write_key_file(identity, make_identity(member, authority), group, kForGroup);
      context().info("made a key and a certificate for " + member.name);
    }
    give_key_file(identity, group, kForGroup);
  }
};

}  // namespace
}  // namespace baker::tls_authority

BAKER_STAGE(baker::tls_authority::TlsAuthority)
