#pragma once

#include <memory>

#include <cppworker/detail/export.hpp>
#include <cppworker/grpc_client.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

/// A user with a gRPC client. The host is "grpc://host:port", "grpcs://host:port" or "host:port".
/// The messages are those of any library whose classes have AppendToString() and ParseFromArray():
/// link your own protobuf.
class CPPWORKER_EXPORT GrpcUser : public User {
 public:
  GrpcUser();
  ~GrpcUser() override;

  /// The settings of this user, read when client() is called first.
  [[nodiscard]] virtual GrpcSettings grpc_settings() { return {}; }

  /// The user's client, created on first use and owned by the user. Throws Error if neither the
  /// master nor the class has a host, or if the host is not one of a gRPC server.
  [[nodiscard]] GrpcClient& client();

 private:
  std::unique_ptr<GrpcClient> client_;
};

}  // namespace cppworker
