// A real HTTP server on a free port of the loopback interface that serves a folder, and that breaks
// off, answers with errors, ignores ranges, … where the query of a URL asks for it: http_server.py
// says how.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace baker::testing {

class HttpServer {
 public:
  // Serves `folder`, which may be filled later, as long as this object lives.
  explicit HttpServer(const std::filesystem::path& folder);
  // A mirror of the archive of this host's distribution, with options of archive_mirror.py.
  static HttpServer archive_mirror(const std::vector<std::string>& options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& port() const { return port_; }
  // url("a.tar?break=500") is "http://127.0.0.1:PORT/a.tar?break=500".
  std::string url(const std::string& path) const;

  // What it was asked for so far: "GET /a.tar?break=500 bytes=500-", with "-" for no range.
  std::vector<std::string> requests() const;

 private:
  // A program of python3 that prints its port, and its requests on standard error.
  explicit HttpServer(std::vector<std::string> program);

  pid_t process_ = -1;
  int log_ = -1;
  std::string port_;
};

}  // namespace baker::testing
