#pragma once

#include <string>
#include <string_view>

#include <cppworker/grpc_result.hpp>

#include "http2/stream.hpp"

namespace cppworker::grpc {

struct Status {
  GrpcCode code = GrpcCode::kOk;
  std::string details{};
};

/// The code of the header field grpc-status; kUnknown if it is not one.
[[nodiscard]] GrpcCode code_of(std::string_view grpc_status);

/// The status of a response without grpc-status, by its HTTP status.
[[nodiscard]] Status status_of_http(int http_status);

/// The status of a call whose stream has ended without a response.
[[nodiscard]] Status status_of_end(const http2::StreamEnd& end);

/// The status of a call whose deadline has passed.
[[nodiscard]] Status deadline_exceeded();

/// `RpcError(NOT_FOUND, 'no user 3')`; "" for kOk.
[[nodiscard]] std::string failure_text(GrpcCode code, std::string_view details);

}  // namespace cppworker::grpc
