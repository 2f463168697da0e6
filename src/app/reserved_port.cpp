#include "app/reserved_port.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"

namespace cppworker::app {
namespace {

/// Resolves a name to an IPv4 address, as Locust does.
net::SocketAddress address_of(const std::string& host, std::uint16_t port) {
  const bool is_all = host.empty() || host == "*";
  if (const auto literal = net::SocketAddress::parse(is_all ? "0.0.0.0" : host, port)) {
    return *literal;
  }
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
    throw Error(fmt::format(
        "Could not resolve the host '{}': {}. Use a name or an IP address of this machine", host,
        gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  return net::SocketAddress::from(*found->ai_addr, found->ai_addrlen)->with_port(port);
}

/// A socket that is bound to the address and does not listen.
int bound_socket(const net::SocketAddress& address) {
  const int on = 1;
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, address.get(), address.size()) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    throw std::system_error(error, std::generic_category());
  }
  return fd;
}

}  // namespace

ReservedPort::ReservedPort(const std::string& host, std::uint16_t port)
    : address_(address_of(host, port)), fd_(bound_socket(address_)) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  auto* const any = reinterpret_cast<sockaddr*>(&bound);
  CHECK(getsockname(fd_, any, &size) == 0);
  address_ = *net::SocketAddress::from(*any, size);
}

ReservedPort::~ReservedPort() { close(fd_); }

/// With SO_REUSEADDR, another socket can be bound to the port unless a program listens on it.
bool ReservedPort::is_served() const {
  try {
    close(bound_socket(address_));
    return false;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::address_in_use) throw;
    return true;
  }
}

}  // namespace cppworker::app
