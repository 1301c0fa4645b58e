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

#include "tests/support/host_program.h"
#include "tests/support/workbench.h"

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

// Where this host's apt gets its distribution's packages, or the security fixes.
std::string archive_of_host(const std::string& pocket) {
  for (const AptArchive& archive : archives_of_host())
    if (archive.release == host_codename() + pocket) return archive.uri;
  throw std::runtime_error("this host's apt has no source for " + host_codename() + pocket);
}

}  // namespace

HttpServer::HttpServer(const std::filesystem::path& folder)
    : HttpServer(std::vector<std::string>{BAKER_HTTP_SERVER, folder}) {}

HttpServer HttpServer::archive_mirror(const std::vector<std::string>& options) {
  std::vector<std::string> program = {BAKER_ARCHIVE_MIRROR, archive_of_host(""),
                                      archive_of_host("-security")};
  program.insert(program.end(), options.begin(), options.end());
  return HttpServer(program);
}

HttpServer::HttpServer(std::vector<std::string> program)
    : log_(memfd_create("requests", MFD_CLOEXEC)) {
  std::array<int, 2> port_pipe{};
  if (log_ < 0 || pipe2(port_pipe.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "preparing an HTTP server");
  std::string interpreter = "python3", writes_nothing = "-B";
  std::vector<char*> argv = {interpreter.data(), writes_nothing.data()};
  for (std::string& word : program) argv.push_back(word.data());
  argv.push_back(nullptr);
  process_ = fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) {  // nothing but system calls until exec: the test may have threads
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(port_pipe[1], STDOUT_FILENO);
    dup2(log_, STDERR_FILENO);
    execvp(argv[0], argv.data());
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
