#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/time.hpp>

namespace cppworker {

/// The status codes of gRPC.
enum class GrpcCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16
};

/// The name of a code: "NOT_FOUND".
[[nodiscard]] CPPWORKER_EXPORT std::string_view grpc_code_name(GrpcCode code);

/// Names and values, in order; a name may occur more than once. Names are in lower case. The value
/// of a name that ends with "-bin" is any bytes; other values are printable ASCII.
using GrpcMetadata = std::vector<std::pair<std::string, std::string>>;

/// How a call has ended.
struct GrpcResult {
  GrpcCode code = GrpcCode::kOk;
  std::string details{};  ///< the text of the status; "" if there is none
  GrpcMetadata initial_metadata{};
  GrpcMetadata trailing_metadata{};
  Milliseconds elapsed{};  ///< from the beginning of the call until its end

  [[nodiscard]] bool ok() const { return code == GrpcCode::kOk; }
  /// The failure text of the statistics: `RpcError(NOT_FOUND, 'no user 3')`; "" for kOk.
  [[nodiscard]] CPPWORKER_EXPORT std::string error() const;
};

/// The result of a unary call. `*reply` and `reply->` give the message, which is empty if the call
/// has failed.
template <class Reply>
class GrpcReply : public GrpcResult {
 public:
  [[nodiscard]] Reply& operator*() { return message_; }
  [[nodiscard]] const Reply& operator*() const { return message_; }
  [[nodiscard]] Reply* operator->() { return &message_; }
  [[nodiscard]] const Reply* operator->() const { return &message_; }

 private:
  Reply message_{};
};

namespace detail {

/// What the check of a call has decided.
class GrpcVerdict {
 public:
  /// Reports the call as a success, whatever its status.
  void success() { verdict_ = Verdict{}; }
  /// Reports the call as a failure: `CatchResponseError('message')`.
  void failure(std::string message) { verdict_ = Verdict{std::move(message)}; }

  struct Verdict {
    std::optional<std::string> failure;  ///< none: success
  };
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  std::optional<Verdict> verdict_;
};

}  // namespace detail

/// The result of a call that the check of the call marks as a success or failure.
template <class Reply>
class CatchGrpc : public GrpcReply<Reply>, public detail::GrpcVerdict {
 public:
  CatchGrpc() = default;
  CatchGrpc(const CatchGrpc&) = delete;  // take CatchGrpc<Reply>& reply (or auto& reply)
  CatchGrpc& operator=(const CatchGrpc&) = delete;
  ~CatchGrpc() = default;
};

/// The result of a stream, for the check of finish().
class CatchGrpcStream : public GrpcResult, public detail::GrpcVerdict {
 public:
  CatchGrpcStream() = default;
  CatchGrpcStream(const CatchGrpcStream&) = delete;  // take CatchGrpcStream& result
  CatchGrpcStream& operator=(const CatchGrpcStream&) = delete;
  ~CatchGrpcStream() = default;
};

}  // namespace cppworker
