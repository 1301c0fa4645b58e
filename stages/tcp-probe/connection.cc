#include "connection.h"

#include <baker/sdk/error.h>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace baker {
namespace {

using std::chrono::steady_clock;

// How long one attempt may take before the next one. A machine that was still starting never
// answers the first packet, and the kernel sends it again after a second at the earliest. Doubled
// each time, for machines that are slow.
constexpr auto kFirstPatience = std::chrono::milliseconds(100);
constexpr auto kLongestPatience = std::chrono::milliseconds(3200);

std::string text_of(int error) {
  char buffer[128];
  return strerror_r(error, buffer, sizeof buffer);
}

}  // namespace

Connection::Connection(const std::string& address) : address_(address), patience_(kFirstPatience) {
  const size_t colon = address.rfind(':');
  if (colon != std::string::npos) {
    host_ = address.substr(0, colon);
    port_ = address.substr(colon + 1);
  }
  if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
  const bool number = !port_.empty() && port_.size() <= 5 &&
                      port_.find_first_not_of("0123456789") == std::string::npos;
  if (host_.empty() || !number || std::stoi(port_) < 1 || std::stoi(port_) > 65535) {
    throw StageError("\"" + address +
                     "\" in `addresses` is not an address: write \"HOST:PORT\" or \"[IPV6]:PORT\"");
  }
}

Connection::~Connection() {
  close_socket();
}

bool Connection::try_on() {
  if (!pending()) begin();
  return pending() && look();
}

void Connection::begin() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found); error != 0)
    return fail(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail(text_of(errno));
  begun_ = steady_clock::now();
  if (connect(socket_, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS)
    fail(text_of(errno));
}

bool Connection::look() {
  pollfd answer = {socket_, POLLOUT, 0};
  const bool answered = poll(&answer, 1, 0) == 1;
  if (!answered && steady_clock::now() - begun_ > patience_) {
    patience_ = std::min(2 * patience_, kLongestPatience);
    fail("no answer");
  }
  if (!answered) return false;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail(text_of(error));
  close_socket();
  return error == 0;
}

void Connection::fail(const std::string& why) {
  seen_ = why;
  close_socket();
}

void Connection::close_socket() {
  if (socket_ >= 0) close(std::exchange(socket_, -1));
}

}  // namespace baker
