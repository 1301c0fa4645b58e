#include "tests/support/remote_servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/free_port.h"
#include "tests/support/host_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

void run(const std::vector<std::string>& command) {
  const Outcome outcome = run_program(command);
  if (outcome.exit_status != 0) throw std::runtime_error(command[0] + ": " + outcome.all());
}

// Of a port: whether somebody listens there.
bool answers(const std::string& port) {
  const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(peer);
  return connected;
}

}  // namespace

CacheRegistry::CacheRegistry(fs::path folder, Options options) : folder_(std::move(folder)) {
  fs::create_directories(folder_);
  std::string http = "http: { addr: \"127.0.0.1:0\", secret: \"of a test\"";
  std::string auth;
  if (options.tls) {
    const fs::path key = folder_ / "key.pem";
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
         "-keyout", key, "-out", certificate()});
    http +=
        ", tls: { certificate: \"" + certificate().string() + "\", key: \"" + key.string() + "\" }";
  }
  if (options.password) {
    // What `htpasswd -Bbn baker secret` prints.
    write(folder_ / "htpasswd",
          "baker:$2y$05$NGZEDeqHxL3vvBZwDuPKGu8fWEikj.jFxp7gbvwtPvqbOy0tpUmUW\n");
    auth =
        "auth: { htpasswd: { realm: test, path: \"" + (folder_ / "htpasswd").string() + "\" } }\n";
  }
  write(folder_ / "config.yml",
        "version: 0.1\nlog: { level: info }\n"
        "storage: { delete: { enabled: true }, filesystem: { rootdirectory: \"" +
            (folder_ / "data").string() + "\" } }\n" + http + " }\n" + auth);
  process_ = std::make_unique<RunningProgram>(
      std::vector<std::string>{"docker-registry", "serve", folder_ / "config.yml"});
  if (!process_->says("listening on 127.0.0.1:"))
    throw std::runtime_error("docker-registry does not start: " + process_->said());
  const std::regex listening("listening on 127.0.0.1:([0-9]+)[^0-9]");
  std::smatch found;
  for (std::string said; !std::regex_search(said, found, listening);) {
    std::this_thread::yield();
    said = process_->said();
    if (std::regex_search(said, found, listening)) port_ = found[1];
    if (!port_.empty()) break;
  }
  write(auth_file(),
        "{\"auths\": {\"127.0.0.1:" + port_ + "\": {\"auth\": \"YmFrZXI6c2VjcmV0\"}}}");
}

FileServer::FileServer(const fs::path& folder) : port_(free_port()) {
  for (const char* each : {"root/cache", "tmp"}) fs::create_directories(folder / each);
  const std::string home = folder.string();
  write(folder / "nginx.conf",
        "user root;\ndaemon off;\nworker_processes 1;\npid " + home +
            "/pid;\nerror_log stderr warn;\n"
            "events {}\nhttp {\n  access_log off;\n  client_max_body_size 0;\n"
            "  client_body_temp_path " +
            home + "/tmp/body;\n  proxy_temp_path " + home +
            "/tmp/proxy;\n"
            "  fastcgi_temp_path " +
            home + "/tmp/fastcgi;\n  uwsgi_temp_path " + home +
            "/tmp/uwsgi;\n"
            "  scgi_temp_path " +
            home + "/tmp/scgi;\n  server {\n    listen 127.0.0.1:" + port_ + ";\n    root " + home +
            "/root;\n    location / { dav_methods PUT DELETE; "
            "create_full_put_path on; }\n  }\n}\n");
  process_ = std::make_unique<RunningProgram>(
      std::vector<std::string>{"nginx", "-c", folder / "nginx.conf", "-p", home});
  while (!answers(port_))
    if (!process_->runs()) throw std::runtime_error("nginx does not start: " + process_->said());
}

LyingRemote::LyingRemote(const CacheRegistry& registry, const std::string& lie)
    : process_(std::make_unique<RunningProgram>(
          std::vector<std::string>{"python3", "-B", BAKER_LYING_REMOTE, registry.port(), lie})) {
  if (!process_->says("listening on")) throw std::runtime_error(process_->said());
  std::istringstream said(process_->said());
  for (std::string word; said >> word;) port_ = word;
}

}  // namespace baker::testing
