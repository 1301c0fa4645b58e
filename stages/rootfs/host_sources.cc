#include "host_sources.h"

#include <algorithm>

#include "archive.h"
#include "host-apt/host_archives.h"
#include "mmdebstrap_output.h"
#include "text/text.h"

namespace baker::rootfs {
namespace {

constexpr int kAptFailed = 100;

// mmdebstrap reads what lies on this host in other ways than apt does.
bool is_on_a_server(const SourceArchive& archive) {
  return std::ranges::none_of(
      std::vector<const char*>{"cdrom:", "file:", "copy:"},
      [&archive](const char* kind) { return archive.uri.starts_with(kind); });
}

bool has_answered(const SourceArchive& archive) {
  return !archive.names.origin.empty() || !archive.names.codename.empty();
}

std::string address_of(const SourceArchive& archive) {
  return without_password(archive.uri) + " " + archive.release;
}

void tell_what_is_left_out(const Context& context, const std::vector<SourceArchive>& others) {
  std::vector<std::string> names;
  for (const SourceArchive& archive : others) {
    const std::string name =
        address_of(archive) + (has_answered(archive) ? "" : ", which did not answer");
    if (!has_word(names, name)) names.push_back(name);
  }
  if (names.empty()) return;
  context.warn("of this host's apt sources the base leaves out what is not its distribution's: " +
               joined(names, "; ") + " (a stage of type `apt` can have `repositories`)");
}

void add(HostSources& sources, const SourceArchive& archive) {
  sources.lines.push_back(entry_line(archive));
  for (const std::string& component : archive.components)
    if (!has_word(sources.components, component)) sources.components.push_back(component);
}

// A mirror of a part of an archive has the release file of the whole: what the host itself reads of
// it is there.
bool are_known(const std::vector<std::string>& components,
               const std::vector<SourceArchive>& archives) {
  return std::ranges::all_of(archives, [&components](const SourceArchive& archive) {
    return std::ranges::all_of(components, [&archive](const std::string& component) {
      return has_word(archive.components, component);
    });
  });
}

[[noreturn]] void throw_without_sources(const HostArchives& host, const std::string& codename) {
  std::vector<std::string> addresses;
  for (const SourceArchive& archive : host.archives) addresses.push_back(address_of(archive));
  const bool none_on_a_server = std::ranges::none_of(host.archives, is_on_a_server);
  if (!host.complaint.empty() && !none_on_a_server)
    throw_mmdebstrap_failure({codename, true}, kAptFailed, host.complaint);
  if (!addresses.empty() && none_on_a_server)
    throw StageError("the apt sources of this host name no server, but " + joined(addresses, "; ") +
                     ": give the release by its name (mmdebstrap = \"" + codename +
                     "\"), with a `mirror` if need be");
  throw Unreachable("the apt sources of this host have no entry for its release, " + codename +
                    (addresses.empty() ? "" : ", but " + joined(addresses, "; ")));
}

}  // namespace

HostSources sources_of_host(const Network& network, const Context& context,
                            const std::string& codename) {
  const HostArchives host = ask_host_archives(network, context);
  HostSources sources;
  std::vector<SourceArchive> others;
  for (const SourceArchive& archive : host.archives) {
    if (!has_answered(archive) && is_on_a_server(archive) &&
        is_pocket_of(archive.release, codename))
      throw_without_sources(host, codename);
    if (is_of_release(archive.names, codename) && is_on_a_server(archive)) {
      add(sources, archive);
    } else {
      others.push_back(archive);
    }
  }
  if (sources.lines.empty()) throw_without_sources(host, codename);
  tell_what_is_left_out(context, others);
  return sources;
}

HostSources mirrors_of_host(const Network& network, const Context& context,
                            const std::string& codename,
                            const std::vector<std::string>& components) {
  const Distribution wanted = distribution_of(codename);
  if (wanted == Distribution::kUnknown) return {};
  HostArchives host = ask_host_archives(network, context);
  std::erase_if(host.archives, [](const SourceArchive& each) { return !is_on_a_server(each); });
  const std::string distribution = wanted == Distribution::kUbuntu ? "Ubuntu" : "Debian";
  HostSources sources;
  sources.lines = lines_for_release(host.archives, distribution, codename, components);
  const Asked asked =
      are_known(components, host.archives) ? Asked::kReleaseFiles : Asked::kPackages;
  if (sources.lines.empty() || ask_archives(network, context, sources.lines, asked).empty())
    return {};
  return sources;
}

}  // namespace baker::rootfs
