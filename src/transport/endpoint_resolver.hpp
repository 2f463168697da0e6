#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/resolver.hpp"
#include "protocol/result.hpp"

namespace cppworker::transport {

/// ZeroMQ endpoints ("tcp://10.0.0.1:5557") for a host name. IPv4 and IPv6 addresses alternate,
/// beginning with the family that the system prefers.
using Endpoints = std::vector<std::string>;

/// Looks up a host without blocking the caller, because a slow name server must not delay
/// heartbeats. A running lookup may outlive this object. Use it on one thread.
class EndpointResolver {
 public:
  /// @param host a name or an address, IPv6 with or without brackets and with its zone
  /// @param resolver outlives the lookups
  EndpointResolver(std::string host, int port, net::Resolver& resolver = net::Resolver::process());
  ~EndpointResolver();
  EndpointResolver(const EndpointResolver&) = delete;
  EndpointResolver& operator=(const EndpointResolver&) = delete;

  /// Starts a lookup unless one is running. An address is resolved at once, without a thread.
  void start();
  /// Returns the result of a lookup once; none if there is no new one.
  std::optional<protocol::Result<Endpoints>> take();
  /// Readable when take() has a result.
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
