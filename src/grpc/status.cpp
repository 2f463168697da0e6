#include "grpc/status.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "http2/session.hpp"
#include "text/python_repr.hpp"

namespace cppworker {

namespace {

constexpr std::array<std::string_view, 17> kCodeNames{
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::string_view grpc_code_name(GrpcCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kCodeNames.size() ? kCodeNames[index] : "UNKNOWN";
}

namespace grpc {

GrpcCode code_of(std::string_view grpc_status) {
  unsigned number = 0;
  const char* const end = grpc_status.data() + grpc_status.size();
  const auto [stop, error] = std::from_chars(grpc_status.data(), end, number);
  const bool is_code = error == std::errc{} && stop == end && number < kCodeNames.size();
  return is_code ? static_cast<GrpcCode>(number) : GrpcCode::kUnknown;
}

// The two tables are those of gRPC's documentation: http-grpc-status-mapping.md and
// PROTOCOL-HTTP2.md.

Status status_of_http(int http_status) {
  GrpcCode code = GrpcCode::kUnknown;
  switch (http_status) {
    case 200:
      return {GrpcCode::kUnknown, "the response has no grpc-status"};
    case 400:
      code = GrpcCode::kInternal;
      break;
    case 401:
      code = GrpcCode::kUnauthenticated;
      break;
    case 403:
      code = GrpcCode::kPermissionDenied;
      break;
    case 404:
      code = GrpcCode::kUnimplemented;
      break;
    case 429:
    case 502:
    case 503:
    case 504:
      code = GrpcCode::kUnavailable;
      break;
    default:
      break;
  }
  return {code, "HTTP status " + std::to_string(http_status)};
}

Status status_of_end(const http2::StreamEnd& end) {
  if (end.cause == http2::StreamEnd::Cause::kLost) {
    return {GrpcCode::kUnavailable, "connection lost: " + std::string(end.reason)};
  }
  constexpr std::uint32_t kRefusedStream = 7;
  constexpr std::uint32_t kCancel = 8;
  constexpr std::uint32_t kEnhanceYourCalm = 11;
  constexpr std::uint32_t kInadequateSecurity = 12;
  constexpr std::uint32_t kStreamClosed = 5;
  constexpr std::uint32_t kHttp11Required = 13;
  GrpcCode code = GrpcCode::kInternal;
  switch (end.error_code) {
    case kRefusedStream:
      code = GrpcCode::kUnavailable;
      break;
    case kCancel:
      code = GrpcCode::kCancelled;
      break;
    case kEnhanceYourCalm:
      code = GrpcCode::kResourceExhausted;
      break;
    case kInadequateSecurity:
      code = GrpcCode::kPermissionDenied;
      break;
    case kStreamClosed:
    case kHttp11Required:
      code = GrpcCode::kUnknown;
      break;
    default:
      break;
  }
  return {code, "RST_STREAM " + std::string(http2::error_code_name(end.error_code))};
}

Status deadline_exceeded() { return {GrpcCode::kDeadlineExceeded, "Deadline Exceeded"}; }

std::string failure_text(GrpcCode code, std::string_view details) {
  if (code == GrpcCode::kOk) return "";
  return "RpcError(" + std::string(grpc_code_name(code)) + ", " + text::python_repr(details) + ")";
}

}  // namespace grpc

}  // namespace cppworker
