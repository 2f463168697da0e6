#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>

#include "runner/action_list.hpp"
#include "runner/rate_limit.hpp"

namespace cppworker::runner {

/// Messages of user code (`send_message`, exceptions) on their way to the master. They wait,
/// bounded, while no master reads them.
class Outbox {
 public:
  explicit Outbox(ActionList& actions) : actions_(actions) {}

  void send(protocol::Custom message, bool accepted, TimePoint now);
  void send(protocol::Exception exception, bool accepted, TimePoint now);
  /// A master reads again: sends what waited.
  void flush();

 private:
  static constexpr std::size_t kMostMessages = 1000;
  static constexpr std::size_t kMostExceptions = 100;
  static constexpr std::uint64_t kMostExceptionsPerSecond = 1000;

  ActionList& actions_;
  std::deque<protocol::Custom> messages_;
  std::deque<protocol::Exception> exceptions_;
  std::set<std::pair<std::string, std::string>> known_exceptions_;  // of those that wait
  RateLimit dropped_messages_{std::chrono::seconds(30)};
  RateLimit dropped_exceptions_{std::chrono::seconds(30)};
  TimePoint second_{};
  std::uint64_t exceptions_this_second_ = 0;
};

}  // namespace cppworker::runner
