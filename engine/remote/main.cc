// baker-remote: README.md beside this file is its contract.
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/unique_fd.h"
#include "engine/remote/find_records.h"
#include "engine/remote/pinned_content.h"
#include "engine/remote/shared_tree.h"
#include "engine/remote/transfer_layers.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr const char* kUsage =
    "usage: baker-remote find|pull|push|content|list|remove|give|take|send < REQUEST\n"
    "       baker-remote make-key|public-key FILE\n";

void print(const Json& event) {
  static std::mutex guard;
  const std::lock_guard lock(guard);
  const std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0)
    std::_Exit(EXIT_FAILURE);
}

void print_result(bool ok, const std::string& reply, bool unreachable = false) {
  print({{"event", "result"},
         {"status", ok ? 0 : 1},
         {"reply", reply},
         {"unreachable", unreachable}});
}

RemoteAccess access_of(const Json& request) {
  return {.reference = RemoteReference::parse(request.at("remote").get<std::string>()),
          .auth_file = request.value("auth-file", ""),
          .limits = {std::chrono::milliseconds(request.value("connect-timeout-ms", 2000)),
                     std::chrono::seconds(request.value("silence-seconds", 10))}};
}

// Whoever signs trusts himself.
std::vector<std::string> trusted_keys(const Json& request) {
  auto keys = request.at("trust").get<std::vector<std::string>>();
  if (const std::string own = request.value("key-file", ""); !own.empty())
    keys.push_back(SigningKey::read(own).public_key());
  return keys;
}

Json described(const RemoteRecord& record) {
  return {{"layer", record.layer.hex()},
          {"stage", record.stage},
          {"log", record.log},
          {"duration-ms", record.duration_ms},
          {"finished", record.finished}};
}

Json find(const Json& request) {
  const FoundRecords found =
      find_records(access_of(request), request.at("keys").get<std::vector<std::string>>(),
                   trusted_keys(request));
  Json reply = {{"found", Json::object()}, {"refused", Json::object()}};
  for (const auto& [key, record] : found.records) reply["found"][key] = described(record);
  for (const auto& [key, why] : found.refused) reply["refused"][key] = why;
  return reply;
}

Json pull(const Json& request) {
  const RemoteAccess access = access_of(request);
  const std::unique_ptr<RemoteStore> remote = open_remote(access);
  try {
    const auto record = baker::pull(*remote, access.limits,
                                    {.key = request.at("key").get<std::string>(),
                                     .trusted = trusted_keys(request),
                                     .name = request.at("name").get<std::string>(),
                                     .downloads = request.at("downloads").get<std::string>(),
                                     .folder = request.at("folder").get<std::string>()});
    if (!record) return Json::object();
    print({{"event", "layer"},
           {"digest", record->layer.hex()},
           {"bytes", record->bytes},
           {"entries", record->entries}});
    return described(*record);
  } catch (const Refused& refused) {
    return {{"refused", refused.what()}};
  }
}

Digest pinned_digest(const std::string& name) {
  const auto digest = Digest::from_hex(name.substr(name.find('-') + 1));
  if (!digest) throw Error("the request pins no digest: " + name);
  return *digest;
}

Json content(const Json& request) {
  std::vector<Pinned> wanted;
  for (const Json& each : request.at("content"))
    wanted.push_back(
        {each.at("name").get<std::string>(), pinned_digest(each.at("file").get<std::string>())});
  const RemoteAccess access = access_of(request);
  pull_content(*open_remote(access), access.limits, wanted,
               request.at("downloads").get<std::string>());
  return Json::object();
}

Push layer_to_push(const Json& layer) {
  const auto digest = Digest::from_hex(layer.at("layer").get<std::string>());
  if (!digest) throw Error("the request names no layer");
  return {.record = {.key = layer.at("key").get<std::string>(),
                     .layer = *digest,
                     .blob = {*digest, 0},
                     .tar = *digest,
                     .marks = "",
                     .stage = layer.value("stage", ""),
                     .architecture = layer.value("architecture", ""),
                     .key_text = layer.value("key-text", ""),
                     .log = layer.value("log", ""),
                     .duration_ms = layer.value("duration-ms", std::int64_t{0}),
                     .finished = layer.value("finished", std::int64_t{0}),
                     .bytes = layer.value("bytes", std::uint64_t{0}),
                     .entries = layer.value("entries", std::uint64_t{0})},
          .folder = layer.at("folder").get<std::string>()};
}

Json push_all(const Json& request, bool exact) {
  std::vector<Push> layers;
  for (const Json& layer : request.at("layers")) layers.push_back(layer_to_push(layer));
  const SigningKey key = SigningKey::read(request.at("key-file").get<std::string>());
  push(access_of(request), layers,
       {.key = key,
        .trusted = trusted_keys(request),
        .exact = exact,
        .scratch = request.at("scratch").get<std::string>()},
       [](const Pushed& pushed) {
         const bool sent = pushed.outcome == PushOutcome::kSent;
         print({{"event", "pushed"},
                {"stage", pushed.record.stage},
                {"bytes", sent ? pushed.record.blob.size : 0},
                {"left-out", pushed.why}});
       });
  std::vector<Digest> pinned;
  for (const Json& file : request.at("content")) pinned.push_back(pinned_digest(file));
  const std::uint64_t content = push_content(*open_remote(access_of(request)), pinned,
                                             request.at("downloads").get<std::string>());
  return {{"content-bytes", content}};
}

Json push(const Json& request) {
  return push_all(request, false);
}

Json described(const SharedTree& tree) {
  return {{"layer", tree.layer.hex()},
          {"blob", tree.blob.digest.hex()},
          {"size", tree.blob.size},
          {"marks", tree.marks}};
}

SharedTree shared_tree(const Json& json) {
  return {.layer = pinned_digest(json.at("layer").get<std::string>()),
          .blob = {pinned_digest(json.at("blob").get<std::string>()), json.at("size")},
          .marks = json.at("marks").get<std::string>()};
}

Json give(const Json& request) {
  return described(give_tree(*open_remote(access_of(request)),
                             request.at("folder").get<std::string>(),
                             request.at("scratch").get<std::string>()));
}

Json take(const Json& request) {
  const RemoteAccess access = access_of(request);
  take_tree(*open_remote(access), access.limits, shared_tree(request.at("tree")),
            request.at("name").get<std::string>(), request.at("folder").get<std::string>());
  return Json::object();
}

// All that a stage on another host stands on and reads.
Json send(const Json& request) {
  Json reply = push_all(request, true);
  if (request.contains("folder")) reply["inputs"] = give(request);
  reply["trust"] = trusted_keys(request);
  return reply;
}

Json list(const Json& request) {
  Json entries = Json::array();
  for (const RemoteStore::Entry& entry : open_remote(access_of(request))->list())
    entries.push_back({{"name", entry.name},
                       {"tag", entry.tag},
                       {"bytes", entry.bytes},
                       {"pushed", entry.pushed}});
  return entries;
}

Json remove(const Json& request) {
  const std::unique_ptr<RemoteStore> remote = open_remote(access_of(request));
  for (const Json& name : request.at("names")) remote->remove(name.get<std::string>());
  return Json::object();
}

using Answer = Json (*)(const Json& request);
constexpr std::array<std::pair<std::string_view, Answer>, 9> kAnswers = {{{"find", find},
                                                                          {"pull", pull},
                                                                          {"push", push},
                                                                          {"content", content},
                                                                          {"list", list},
                                                                          {"remove", remove},
                                                                          {"give", give},
                                                                          {"take", take},
                                                                          {"send", send}}};

// Says what went wrong as the last line of stdout; the status is for those who read only that.
int print_answer(Answer answer) try {
  print_result(true,
               answer(Json::parse(std::cin)).dump(-1, ' ', false, Json::error_handler_t::replace));
  return EXIT_SUCCESS;
} catch (const Json::exception&) {
  print_result(false, "the request on stdin is not as it should be");
  return EXIT_FAILURE;
} catch (const Error& error) {
  print_result(false, error.describe(), error.code() == ErrorCode::kUnreachable);
  return EXIT_FAILURE;
}

void make_key(const std::string& file) {
  make_directories(parent_path(file));
  const UniqueFd made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made.valid() && errno == EEXIST)
    throw Error(file + " is there already, and others may trust it");
  if (!made.valid()) throw Error("cannot make " + file);
  const SigningKey key = SigningKey::make();
  write_all(made.get(), key.text(), file);
  std::cout << key.public_key() << "\n";
}

int run(const std::vector<std::string>& arguments) {
  for (const auto& [name, answer] : kAnswers)
    if (arguments.size() == 1 && arguments[0] == name) return print_answer(answer);
  if (arguments.size() == 2 && arguments[0] == "make-key") {
    make_key(arguments[1]);
  } else if (arguments.size() == 2 && arguments[0] == "public-key") {
    std::cout << SigningKey::read(arguments[1]).public_key() << "\n";
  } else {
    throw Error(ErrorCode::kInvalid, kUsage);
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace baker

int main(int argc, char** argv) try {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);  // a connection that breaks is no reason to die
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return baker::run(std::vector<std::string>(argv + 1, argv + argc));
} catch (const baker::Error& error) {
  std::fprintf(stderr, "baker-remote: %s\n", error.describe().c_str());
  return EXIT_FAILURE;
}
