#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/rate_limit.hpp"

namespace cppworker::runner {

/// Bounded queue of the messages of user code (`send_message`, exceptions). They wait while no
/// master reads them. A warning in the log counts dropped messages.
class Outbox {
 public:
  Outbox(const Link& link, ActionList& actions) : link_(link), actions_(actions) {}

  void send(protocol::Custom message, TimePoint now);
  void send(protocol::Exception exception, TimePoint now);
  /// The socket did not accept a message.
  void not_sent(const protocol::WorkerMessage& message, TimePoint now);
  /// Sends the waiting messages if a master is reading.
  void on_time(TimePoint now);
  /// The connection broke: logs how many sent messages may be lost.
  void connection_broke();

  [[nodiscard]] TimePoint next_wakeup() const;

  /// The number of messages that wait for a master, without exceptions.
  [[nodiscard]] std::size_t waiting() const { return messages_.size(); }

 private:
  using ExceptionKey = std::pair<std::string, std::string>;  ///< msg, traceback

  [[nodiscard]] bool may_send(TimePoint now) const { return link_.listens() && now >= retry_at_; }
  void keep(protocol::Custom message, TimePoint now);
  void keep(protocol::Exception exception, TimePoint now);
  void put(protocol::WorkerMessage message);
  void log_dropped(const protocol::Exception& last, std::uint64_t count, TimePoint now);

  static constexpr std::size_t kMaxMessages = WorkerRunner::kMaxMessages;
  static constexpr std::size_t kMaxExceptions = 100;
  static constexpr std::uint64_t kMaxExceptionsPerSecond = 1000;

  const Link& link_;
  ActionList& actions_;
  std::deque<protocol::Custom> messages_;
  std::map<ExceptionKey, std::uint64_t> exceptions_;  ///< with the number of times each was thrown
  /// Messages in doubt: heartbeat number, and the number of messages sent before that heartbeat.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> in_doubt_;
  RateLimit dropped_messages_{std::chrono::seconds(30)};
  RateLimit dropped_exceptions_{std::chrono::seconds(30)};
  TimePoint retry_at_{};  ///< when the socket may accept messages again
  TimePoint second_{};
  std::uint64_t exceptions_this_second_ = 0;
};

}  // namespace cppworker::runner
