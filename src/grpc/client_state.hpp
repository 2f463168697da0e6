#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <cppworker/environment.hpp>
#include <cppworker/grpc_client.hpp>

#include "coro/clock.hpp"
#include "grpc/call.hpp"
#include "grpc/channel.hpp"
#include "user/shard.hpp"

namespace cppworker::detail {

/// What the calls and streams of a GrpcClient share.
struct GrpcClientState {
  Environment& environment;
  User* user;  // not owned, may be null
  std::size_t max_message_size;
  std::shared_ptr<grpc::Channel> channel;

  [[nodiscard]] Shard& shard() const { return environment.shard(); }
  [[nodiscard]] coro::TimePoint now() const { return shard().scheduler.clock().now(); }
};

/// Makes the stream and connects if necessary. Suspends.
[[nodiscard]] GrpcStreamBase open_grpc_stream(std::shared_ptr<GrpcClientState> client,
                                              std::string_view path,
                                              const GrpcStreamOptions& options);

}  // namespace cppworker::detail

namespace cppworker::grpc {

/// The time at which a call must have ended; max(): there is no limit. Throws std::invalid_argument
/// if the timeout is not above zero.
[[nodiscard]] coro::TimePoint deadline_of(const std::optional<Seconds>& timeout,
                                          coro::TimePoint start);

/// The frame with its message compressed.
[[nodiscard]] std::string compressed_frame(std::string_view frame);

enum class Opened : std::uint8_t {
  kYes,
  kFailed,  ///< the call has ended
  kStopped  ///< the coroutine is unwinding and can't wait
};
/// Connects if necessary, and sends the beginning of the call. Suspends. Parameters as for
/// Call::open().
/// @param compresses see Call::Head
[[nodiscard]] Opened open_call(Call& call, const detail::GrpcClientState& client,
                               std::string_view path, const GrpcMetadata& metadata,
                               std::string_view frame, bool ends, bool compresses,
                               coro::TimePoint deadline);

}  // namespace cppworker::grpc
