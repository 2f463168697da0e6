#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::grpc {

/// The server of a GrpcUser.
struct Target {
  std::string host{};
  std::uint16_t port = 0;
  bool has_tls = false;
  std::string authority{};  ///< host and port as they are sent

  bool operator==(const Target&) const = default;
};

/// "grpc://host:port", "grpcs://host:port", "grpcs://host" or "host:port". Throws Error for
/// everything else.
[[nodiscard]] Target target_of(std::string_view host);

/// "grpc://host:port" or "grpcs://host:port".
[[nodiscard]] std::string url_of(const Target& target);

}  // namespace cppworker::grpc
