#include "official.h"

#include <algorithm>

#include "checksum.h"
#include "text/text.h"

namespace baker::kafka {
namespace {

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string url_of(const Release& release, const std::string& base) {
  return without_trailing_slash(base) + "/" + release.version + "/" + release.archive_name();
}

// Archives carry the ids and modes of whoever packed them.
void own_by_root(Root& root, const std::string& folder) {
  root.set_attributes(folder, {.mode = 0755});
  for (const std::string& name : root.list(folder)) {
    const std::string path = folder + "/" + name;
    const FileStatus status = root.status(path).value();
    if (status.type == 'd') {
      own_by_root(root, path);
    } else if (status.type == 'f') {
      root.set_attributes(path, {.mode = (status.mode & 0111) ? 0755u : 0644u});
    }
  }
}

// All of them state the same content, and the one that has it today may not have it next year.
Json others_than(const std::string& url, const Release& release,
                 const std::vector<std::string>& bases) {
  Json others = Json::array();
  for (const std::string& base : bases) {
    if (const std::string other = url_of(release, base); other != url) others.push_back(other);
  }
  return others;
}

}  // namespace

std::optional<Pin> pin_official_archive(Network& network, const Release& release,
                                        const std::vector<std::string>& bases,
                                        const std::string& expected,
                                        std::vector<std::string>& reasons) {
  for (const std::string& base : bases) {
    const std::string url = url_of(release, base);
    try {
      const auto stated = stated_sha512(network.get(url + ".sha512"), release.archive_name());
      if (!stated) {
        reasons.push_back(url + ".sha512 has no SHA-512 of " + release.archive_name());
        continue;
      }
      if (!expected.empty() && lower_case(expected) != *stated) {
        throw StageError(url + ".sha512 states " + *stated + ", the option `sha512` says " +
                         lower_case(expected) + ": find out which of them is right");
      }
      Pin pin{{"url", url}, {"sha512", *stated}};
      if (Json others = others_than(url, release, bases); !others.empty()) pin["mirrors"] = others;
      return std::make_optional(std::move(pin));
    } catch (const Unreachable& error) {
      reasons.emplace_back(error.what());
    }
  }
  return std::nullopt;
}

void unpack_official_archive(Root& root, const std::string& archive) {
  root.unpack(archive, {.to = "/opt/kafka", .strip = 1});
  if (!root.exists("/opt/kafka/bin/kafka-run-class.sh") || root.list("/opt/kafka/libs").empty()) {
    throw StageError(
        "the archive is not a release of Kafka: it has no bin/kafka-run-class.sh or no libs");
  }
  root.remove("/opt/kafka/site-docs");
  root.remove("/opt/kafka/bin/windows");
  own_by_root(root, "/opt/kafka");
}

}  // namespace baker::kafka
