#pragma once

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"

namespace cppworker::http2 {

/// When a connection sends PING frames to find out whether the server is still there.
struct KeepaliveSettings {
  coro::Duration time;     ///< a PING is sent when nothing has arrived for this long
  coro::Duration timeout;  ///< the connection is lost if nothing arrives for this long after it
  bool without_calls;      ///< also while no stream is open

  bool operator==(const KeepaliveSettings&) const = default;
};

/// Its owner is the connection, which it asks to send a PING or to give up. On the scheduler's own
/// stack.
class Keepalive {
 public:
  class Owner {
   public:
    [[nodiscard]] virtual bool has_open_streams() const = 0;
    virtual void send_ping() = 0;
    virtual void give_up() = 0;  ///< may destroy the Keepalive

   protected:
    ~Owner() = default;
  };

  Keepalive(coro::Scheduler& scheduler, const KeepaliveSettings& settings, Owner& owner);

  /// Something has arrived.
  void note_bytes();
  /// A stream is opened.
  void note_stream();

 private:
  void on_timer();

  coro::Scheduler& scheduler_;
  KeepaliveSettings settings_;
  Owner& owner_;
  coro::TimePoint last_bytes_;
  bool is_ping_sent_ = false;
  coro::Timer timer_;
};

}  // namespace cppworker::http2
