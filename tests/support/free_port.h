// Ports of the loopback interface.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace baker::testing {

// Nobody has it at the moment.
inline std::string free_port() {
  const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(peer, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(peer, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  close(peer);
  return std::to_string(ntohs(address.sin_port));
}

}  // namespace baker::testing
