#pragma once

#include <cppworker/grpc_client.hpp>

#include "protobuf/definitions.hpp"

namespace cppworker::protobuf {

/// Asks a server for the definitions of its services, once for each shard and server: other users
/// wait meanwhile. Suspends. Throws Error, and StopUser.
[[nodiscard]] Definitions reflected_definitions(GrpcClient& client);

}  // namespace cppworker::protobuf
