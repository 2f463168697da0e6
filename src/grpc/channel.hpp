#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/tls.hpp>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "grpc/status.hpp"
#include "grpc/target.hpp"
#include "http2/connection.hpp"
#include "user/shard.hpp"

namespace cppworker::grpc {

/// A connection to a server that is made when it is needed, and again after the server has closed
/// it. For the coroutines of one shard.
class Channel {
 public:
  /// @param keepalive none: off
  Channel(detail::Shard& shard, Target target, const Tls& tls,
          std::optional<http2::KeepaliveSettings> keepalive);

  struct Connected {
    std::shared_ptr<http2::Connection> connection{};  ///< null: see the others
    bool timed_out = false;                           ///< the deadline has passed
    bool stopped = false;                             ///< the coroutine is unwinding and can't wait
    Status failure{};                                 ///< else
  };
  /// A connection that takes requests. Suspends if there is none yet. Throws StopUser, and Error if
  /// a file of the TLS settings can't be read.
  [[nodiscard]] Connected connect(coro::TimePoint deadline);

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] bool is_to(const Target& target, const Tls& tls,
                           const std::optional<http2::KeepaliveSettings>& keepalive) const;

 private:
  /// A connection that one coroutine makes, while others wait for it.
  struct Dial {
    std::vector<coro::Coroutine*> waiting;
    bool has_ended = false;
    Status failure;
  };
  Connected dial(coro::TimePoint deadline);
  /// @returns false if the coroutine is unwinding and can't wait
  [[nodiscard]] static bool wait_for(Dial& dial, coro::TimePoint deadline);

  detail::Shard& shard_;
  Target target_;
  Tls tls_;
  std::optional<http2::KeepaliveSettings> keepalive_;
  std::shared_ptr<http2::Connection> connection_;  // shared with its calls
  std::shared_ptr<Dial> dial_;                     // null: none is in progress
};

/// The channel that the users of a shard share.
[[nodiscard]] std::shared_ptr<Channel> shared_channel(
    detail::Shard& shard, const Target& target, const Tls& tls,
    const std::optional<http2::KeepaliveSettings>& keepalive);

}  // namespace cppworker::grpc
