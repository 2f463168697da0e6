#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/result.hpp"

namespace cppworker::transport {

/// ZeroMQ endpoints ("tcp://10.0.0.1:5557") for a host name, IPv4 and IPv6 in turn, the family that
/// the system prefers first.
using Endpoints = std::vector<std::string>;

/// Blocks for as long as the system's resolver does.
[[nodiscard]] protocol::Result<Endpoints> resolve(const std::string& host, int port);

/// resolve() without blocking the caller: a slow name server must not hold up heartbeats. Names are
/// looked up on a thread that outlives this object if the system's resolver does not return.
class Resolver {
 public:
  Resolver(std::string host, int port);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Starts a lookup unless one is under way. Addresses are answered at once, without a thread.
  void start();
  /// The answer, once.
  std::optional<protocol::Result<Endpoints>> take();
  /// Readable when an answer can be taken.
  [[nodiscard]] int fd() const;

 private:
  struct Shared;
  std::string host_;
  int port_;
  bool under_way_ = false;
  std::shared_ptr<Shared> shared_;
};

}  // namespace cppworker::transport
