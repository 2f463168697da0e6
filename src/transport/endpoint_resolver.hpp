#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/resolver.hpp"
#include "protocol/result.hpp"

namespace cppworker::transport {

/// ZeroMQ endpoints ("tcp://10.0.0.1:5557") for a host name, IPv4 and IPv6 in turn, the family that
/// the system prefers first.
using Endpoints = std::vector<std::string>;

/// Looks a host up without blocking the caller: a slow name server must not hold up heartbeats. A
/// lookup that is under way may outlive this object. One thread's.
class EndpointResolver {
 public:
  /// @param host a name or an address, IPv6 with or without brackets and with its zone
  /// @param resolver outlives the lookups
  EndpointResolver(std::string host, int port, net::Resolver& resolver = net::Resolver::process());
  ~EndpointResolver();
  EndpointResolver(const EndpointResolver&) = delete;
  EndpointResolver& operator=(const EndpointResolver&) = delete;

  /// Starts a lookup unless one is under way. Addresses are answered at once, without a thread.
  void start();
  /// The answer, once.
  std::optional<protocol::Result<Endpoints>> take();
  /// Readable when an answer can be taken.
  [[nodiscard]] int fd() const;

 private:
  struct Shared;
  const std::string host_;
  const std::uint16_t port_;
  net::Resolver& resolver_;
  bool under_way_ = false;
  std::shared_ptr<Shared> shared_;
};

}  // namespace cppworker::transport
