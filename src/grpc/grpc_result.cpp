#include <cppworker/grpc_result.hpp>

#include "grpc/status.hpp"

namespace cppworker {

std::string GrpcResult::error() const { return grpc::failure_text(code, details); }

}  // namespace cppworker
