#include "tests/support/http_server.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace baker::testing {
namespace {

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

std::string everything_in(int fd) {
  std::string all;
  std::array<char, 65536> part{};
  for (ssize_t got = 0;
       (got = pread(fd, part.data(), part.size(), static_cast<off_t>(all.size()))) > 0;) {
    all.append(part.data(), static_cast<size_t>(got));
  }
  return all;
}

}  // namespace

HttpServer::HttpServer(const std::filesystem::path& folder)
    : log_(memfd_create("requests", MFD_CLOEXEC)) {
  std::array<int, 2> port_pipe{};
  if (log_ < 0 || pipe2(port_pipe.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "preparing an HTTP server");
  const std::string served = folder.string();
  process_ = fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) {  // nothing but system calls until exec: the test may have threads
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(port_pipe[1], STDOUT_FILENO);
    dup2(log_, STDERR_FILENO);
    execlp("python3", "python3", "-B", BAKER_HTTP_SERVER, served.c_str(), nullptr);
    _exit(127);
  }
  close(port_pipe[1]);
  port_ = read_line(port_pipe[0]);
  close(port_pipe[0]);
  if (port_.empty())
    throw std::runtime_error("the HTTP server does not start:\n" + everything_in(log_));
}

HttpServer::~HttpServer() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  close(log_);
}

std::string HttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + port_ + "/" + path;
}

std::vector<std::string> HttpServer::requests() const {
  std::vector<std::string> found;
  std::istringstream log(everything_in(log_));
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("GET ") || line.starts_with("HEAD ")) found.push_back(line);
  }
  return found;
}

}  // namespace baker::testing
