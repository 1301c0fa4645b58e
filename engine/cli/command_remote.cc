// baker remote: what lies in the shared cache, and the key that records are signed with.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/programs.h"
#include "engine/cli/remote.h"
#include "engine/io/files.h"
#include "engine/io/program_answer.h"

#include <cstdio>

namespace baker {
namespace {

int print_key(const Settings& settings) {
  Settings any = settings;
  if (any.remote.empty()) any.remote = "oci://localhost/any";  // a key belongs to no remote
  const std::string file = remote_of(any)->key_file;
  const bool is_there = path_exists(file);
  const ProgramAnswer answer =
      ask_program({own_program("baker-remote"), is_there ? "public-key" : "make-key", file});
  if (answer.status != 0) throw Error(answer.text.substr(answer.text.find(": ") + 2));
  if (!is_there) std::fprintf(stderr, "made %s; keep it secret\n", file.c_str());
  std::printf("%s\n", answer.text.c_str());
  return 0;
}

int print_status(const Settings& settings) {
  const RemoteSettings remote = needed_remote(settings);
  nlohmann::json request = request_to(remote);
  request["keys"] = nlohmann::json::array({std::string(64, '0')});
  ask_remote("find", request);
  std::printf("%s answers; layers are %s\n", remote.url.c_str(),
              may_push(remote) ? ("signed with " + remote.key_file + " and pushed").c_str()
                               : "only read: there is no key to sign them with");
  std::printf("trusted: %zu other keys\n", remote.trust.size());
  return 0;
}

}  // namespace

int command_remote(const Settings& settings) {
  return settings.action == "key" ? print_key(settings) : print_status(settings);
}

}  // namespace baker
