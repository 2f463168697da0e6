#include "grpc/status.hpp"

#include <gtest/gtest.h>

namespace cppworker::grpc {
namespace {

TEST(GrpcStatus, ReadsTheCode) {
  EXPECT_EQ(code_of("0"), GrpcCode::kOk);
  EXPECT_EQ(code_of("16"), GrpcCode::kUnauthenticated);
  for (const char* const text : {"17", "-1", "", "5 ", "x", "99999999999999999999"}) {
    EXPECT_EQ(code_of(text), GrpcCode::kUnknown) << text;
  }
}

TEST(GrpcStatus, FollowsFromTheHttpStatus) {
  EXPECT_EQ(status_of_http(400).code, GrpcCode::kInternal);
  EXPECT_EQ(status_of_http(401).code, GrpcCode::kUnauthenticated);
  EXPECT_EQ(status_of_http(403).code, GrpcCode::kPermissionDenied);
  EXPECT_EQ(status_of_http(404).code, GrpcCode::kUnimplemented);
  for (const int status : {429, 502, 503, 504}) {
    EXPECT_EQ(status_of_http(status).code, GrpcCode::kUnavailable);
  }
  EXPECT_EQ(status_of_http(200).code, GrpcCode::kUnknown);
  EXPECT_EQ(status_of_http(500).code, GrpcCode::kUnknown);
  EXPECT_EQ(status_of_http(500).details, "HTTP status 500");
}

GrpcCode code_of_reset(std::uint32_t error_code) {
  return status_of_end({.cause = http2::StreamEnd::Cause::kReset, .error_code = error_code}).code;
}

TEST(GrpcStatus, FollowsFromTheErrorCodeOfTheStream) {
  for (const std::uint32_t code : {0U, 1U, 2U, 3U, 4U, 6U, 9U, 10U}) {
    EXPECT_EQ(code_of_reset(code), GrpcCode::kInternal) << code;
  }
  EXPECT_EQ(code_of_reset(7), GrpcCode::kUnavailable);
  EXPECT_EQ(code_of_reset(8), GrpcCode::kCancelled);
  EXPECT_EQ(code_of_reset(11), GrpcCode::kResourceExhausted);
  EXPECT_EQ(code_of_reset(12), GrpcCode::kPermissionDenied);
  EXPECT_EQ(code_of_reset(13), GrpcCode::kUnknown);
}

TEST(GrpcStatus, OfALostConnectionHasTheReason) {
  const Status status = status_of_end({.cause = http2::StreamEnd::Cause::kLost, .reason = "reset"});
  EXPECT_EQ(status.code, GrpcCode::kUnavailable);
  EXPECT_EQ(status.details, "connection lost: reset");
}

TEST(GrpcStatus, HasATextForTheStatistics) {
  EXPECT_EQ(failure_text(GrpcCode::kNotFound, "no user 3"), "RpcError(NOT_FOUND, 'no user 3')");
  EXPECT_EQ(failure_text(GrpcCode::kUnknown, "a\n'b'"), "RpcError(UNKNOWN, \"a\\n'b'\")");
  EXPECT_EQ(failure_text(GrpcCode::kOk, ""), "");
}

}  // namespace
}  // namespace cppworker::grpc
