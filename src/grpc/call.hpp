#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/grpc_result.hpp>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "grpc/message_reader.hpp"
#include "grpc/status.hpp"
#include "http2/connection.hpp"
#include "http2/stream.hpp"
#include "net/deadline.hpp"

namespace cppworker::grpc {

/// One attempt to make a call, on one HTTP/2 stream. For one coroutine that reads and one that
/// writes.
class Call final : public http2::Stream {
 public:
  enum class Side : std::uint8_t { kRead, kWrite };

  struct Times {
    coro::TimePoint start;     ///< before the call is connected
    coro::TimePoint deadline;  ///< max(): none
  };
  Call(coro::Scheduler& scheduler, Times times, std::size_t max_message_size)
      : scheduler_(scheduler), times_(times), messages_(max_message_size, times.start) {}
  /// Cancels the call if it has not ended.
  ~Call();

  /// What is sent first.
  struct Head {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
    const GrpcMetadata& metadata;
    coro::Duration timeout;  ///< max(): none
    bool compresses;         ///< messages may be compressed with gzip
  };
  /// @param frame valid until unsent() is 0 or the call has ended
  /// @param ends no further messages follow
  void open(std::shared_ptr<http2::Connection> connection, const Head& head, std::string_view frame,
            bool ends);
  /// @pre is_open(), and unsent() is 0. Parameters as for open().
  void write(std::string_view frame, bool ends);

  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// Ends the call with this status; cancels it at the server. Does nothing if it has ended.
  void end(Status status);
  /// The same when its deadline has passed.
  void expire();
  /// When it has ended, also if nobody waited for that; not before its start. @pre has_ended()
  [[nodiscard]] coro::TimePoint ended_at() const { return ended_at_; }
  /// False: the server has certainly not begun with it.
  [[nodiscard]] bool was_processed() const { return was_processed_; }
  [[nodiscard]] http2::Connection& connection() { return *connection_; }

  /// Suspends until something has happened that may interest this side, or the deadline has passed.
  /// Returns and throws as Deadline::wait().
  [[nodiscard]] bool wait(Side side, const net::Deadline& deadline);

  /// The number of messages that have arrived and were not taken.
  [[nodiscard]] std::size_t messages() const { return messages_.size(); }
  /// None if it can't be decompressed: then the call has ended with a status that names the error.
  /// Throws std::bad_alloc. @pre messages() > 0
  [[nodiscard]] std::optional<MessageReader::Message> take_message();
  /// True if a part of a further message has arrived.
  [[nodiscard]] bool is_within_message() const { return messages_.is_within_message(); }

  /// Moves the status and the metadata. @pre has_ended()
  void take_result(GrpcResult& result);

 private:
  void on_header(Block block, std::string_view name, std::string_view value) override;
  void on_data(std::string_view bytes) override;
  void on_body_taken() override { wake(writer_); }
  void on_end(const http2::StreamEnd& end) override;
  [[nodiscard]] Status status_of(const http2::StreamEnd& end) const;
  void set_ended(Status status);
  static void wake(coro::Coroutine* coroutine) {
    if (coroutine != nullptr) coroutine->resume();
  }

  coro::Scheduler& scheduler_;
  Times times_;
  coro::TimePoint ended_at_{};
  std::shared_ptr<http2::Connection> connection_;
  coro::Coroutine* reader_ = nullptr;
  coro::Coroutine* writer_ = nullptr;
  MessageReader messages_;
  std::size_t unconsumed_ = 0;  // bytes of the server's window that we hold back
  int http_status_ = 0;
  std::string grpc_status_;
  std::string grpc_message_;
  GrpcMetadata head_metadata_;
  GrpcMetadata trailer_metadata_;
  Status status_;
  bool has_trailer_ = false;
  bool has_ended_ = false;
  bool was_processed_ = true;
};

}  // namespace cppworker::grpc
