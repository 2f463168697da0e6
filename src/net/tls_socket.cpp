#include "net/tls_socket.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace cppworker::net {

ssize_t TlsSocket::receive(std::span<char> buffer) {
  ssize_t received = 0;
  do {
    received = ::recv(fd, buffer.data(), buffer.size(), 0);
  } while (received < 0 && errno == EINTR);
  emptied = received < static_cast<ssize_t>(buffer.size());
  ended = ended || received == 0;
  return received;
}

ssize_t TlsSocket::send(std::string_view bytes) const {
  ssize_t sent = 0;
  do {
    sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace cppworker::net
