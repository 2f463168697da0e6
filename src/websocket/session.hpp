#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "net/connection.hpp"
#include "net/sink.hpp"
#include "websocket/message_reader.hpp"

namespace cppworker::websocket {

/// An open WebSocket on its connection: sends and receives messages, answers Pings, makes the
/// closing handshake. It reports nothing. Used on the shard's thread; messages arrive on the
/// scheduler's own stack.
class Session final : public std::enable_shared_from_this<Session>, private net::Sink {
 public:
  struct Settings {
    Compression compression = Compression::kNone;
    int client_window_bits = 15;  ///< less than 9: messages are sent uncompressed
    std::size_t message_size_max = 0;
    std::size_t queue_size_max = 0;
    coro::Duration ping_interval{};  ///< zero: none
  };

  struct Message {
    std::string text;
    bool binary = false;
    coro::TimePoint at;  ///< when its last byte arrived
  };

  /// How it has ended.
  struct End {
    std::uint16_t code = 0;   ///< of the server's Close frame; 1006: there was none
    std::string reason = {};  ///< of the same
    std::string error = {};   ///< as in the statistics; "": in order
  };

  /// The result of a wait: a message, or an error.
  struct Result {
    std::optional<Message> message{};
    std::string error{};
    bool stopped = false;  ///< it could not wait: the user is being stopped and unwinds
  };

  using Match = std::function<bool(std::string_view)>;

  class Owner {
   public:
    /// Called when the session has ended, on the scheduler's own stack or in close(). Not after
    /// abandon().
    virtual void on_session_end(const End& end) = 0;

   protected:
    ~Owner() = default;
  };

  /// @param owner calls abandon() before its end
  Session(coro::Scheduler& scheduler, std::mt19937_64& random,
          std::unique_ptr<net::Connection> connection, const Settings& settings, Owner& owner);
  ~Session();

  /// Called on the scheduler's own stack with a message that nobody waits for. Must not throw.
  using OnMessage = std::function<void(const Message&)>;

  /// Begins to receive. Nothing is delivered before the caller suspends.
  /// @param bytes that have arrived already
  void begin(std::string bytes);
  /// Gives it the messages that are queued, and each further one. Null: they are queued.
  void set_on_message(OnMessage on_message);

  /// Suspends only if too much is unsent.
  /// @returns why the message was not sent, as in the statistics; "": it was
  std::string send(bool binary, std::string_view payload, coro::TimePoint deadline);
  /// The next message of the queue, or the next one that arrives.
  Result receive(coro::TimePoint deadline);
  /// The next message that arrives and matches.
  Result await(const Match* match, coro::TimePoint deadline);
  /// Sends a Close frame and waits for the server's.
  void close(std::uint16_t code, std::string_view reason, coro::TimePoint deadline);
  /// Waits for the end. False at the deadline.
  bool wait_ended(coro::TimePoint deadline);
  /// Ends it at once, without a call of the owner.
  void abandon();

  [[nodiscard]] bool is_open() const { return !end_ && !close_sent_; }
  /// Null: it has not ended.
  [[nodiscard]] const End* end() const { return end_.get(); }

 private:
  struct Waiter;
  class Waiting;

  void on_bytes(std::string_view bytes) override;
  void on_end(const net::Failure& failure) override;
  static void on_timer(void* self);
  void tick();

  void read_early();
  void read(std::string_view bytes);
  void deliver(std::string_view text, bool binary, coro::TimePoint now);
  bool send_frame(Opcode opcode, std::string_view payload, bool compressed = false);
  void send_close(std::uint16_t code, std::string_view reason);
  void fail(std::uint16_t code, const std::string& error);
  void finish(End end);
  /// Why nothing can be sent or received any more.
  [[nodiscard]] std::string end_text() const;

  coro::Scheduler& scheduler_;
  std::mt19937_64& random_;
  std::unique_ptr<net::Connection> connection_;
  MessageReader reader_;
  const Settings settings_;
  Owner* owner_;  // null: it has ended, or is abandoned
  std::unique_ptr<std::string>
      early_;  // bytes that arrived with the handshake and are not read yet
  std::list<Message> queue_;
  std::size_t queue_size_ = 0;  // bytes of the messages in queue_
  std::vector<Waiter*> waiters_;
  std::shared_ptr<const OnMessage> on_message_;
  coro::Timer timer_;  // the next Ping; after the end, the end of the connection
  std::unique_ptr<const End> end_;
  unsigned turns_ = 0;  // messages sent since other coroutines could run
  bool close_sent_ = false;
  bool pong_missing_ = false;
};

/// `WebSocketClosed(1011, 'reason')`.
[[nodiscard]] std::string closed_text(std::uint16_t code, std::string_view reason);

}  // namespace cppworker::websocket
