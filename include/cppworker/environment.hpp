#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/only_during_the_call.hpp>
#include <cppworker/events.hpp>
#include <cppworker/parsed_options.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

namespace detail {
class Shard;
}

/// A custom message, as in Locust's `register_message` handlers. Valid during the call.
struct Message {
  std::string_view type;
  const Value& data;  ///< copy it to keep it: `Value kept = message.data;`
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// The part of Locust's runner that a locustfile uses: messages to and from the master.
class CPPWORKER_EXPORT Runner {
 public:
  using MessageListener = std::function<void(Environment&, const Message&)>;

  /// Runs `listener` for each message of this type from the master, once per worker: as a coroutine
  /// on shard 0. As in Locust one after the other, in the order of the messages; with `concurrent`
  /// at once, beside those that still run. Call it in the init function. Throws
  /// std::logic_error, as in Locust, for a type that has a listener.
  template <class Listener>
  void register_message(std::string_view type, Listener&& listener, bool concurrent = false) {
    constexpr bool kTakesReference =
        std::is_invocable_v<std::decay_t<Listener>&, Environment&, const Message&>;
    static_assert(
        kTakesReference,
        "register_message(): the listener is a function `void f(Environment& environment, "
        "const Message& message)`");
    if constexpr (kTakesReference) {
      add_message_listener(type, std::forward<Listener>(listener), concurrent);
    }
  }

  /// Sends a message to the master, soon and at most once. Any thread. While the master does not
  /// read, 10,000 messages wait; a user or another coroutine that sends more is suspended for up to
  /// 5 s until there is room (it may throw StopUser). After that, or outside of a coroutine, the
  /// message is dropped and counted in the log. A message that would break a stock master (a type
  /// of Locust's own, a list as a map's key) is not sent; the log says why.
  void send_message(std::string_view type, Value data = {}) const;

  /// Ends this worker as Ctrl-C would: users stop, the last statistics go to the master, the
  /// process exits. Returns at once. Any thread.
  void quit() const;

  /// Stops this worker's users, with test_stopping and test_stop, and no other worker's. The master
  /// is not told: its next change of the user count starts users again. Returns at once. Any
  /// thread.
  void stop() const;

  /// The worker's stable number among the master's workers, from 0; -1 until the master gave one.
  [[nodiscard]] std::int64_t worker_index() const;

 private:
  friend class Environment;
  void add_message_listener(std::string_view type, MessageListener listener, bool concurrent);
  explicit Runner(detail::Shard& shard) : shard_(&shard) {}
  detail::Shard* shard_;
};

/// What this worker's own users have measured, of all requests together; times in milliseconds.
struct StatsTotal {
  std::int64_t num_requests = 0;
  std::int64_t num_failures = 0;
  double avg_response_time = 0;  ///< of those that had one
  double min_response_time = 0;
  double max_response_time = 0;
  [[nodiscard]] double fail_ratio() const {
    return num_requests == 0
               ? 0
               : static_cast<double>(num_failures) / static_cast<double>(num_requests);
  }
};

/// The shard's view of the run: what Locust's Environment is to a Python worker. Each shard
/// (thread) has one of its own, so nothing in it needs a lock. Owned by the library; lives as long
/// as the shard's users.
class CPPWORKER_EXPORT Environment {
 public:
  explicit Environment(detail::Shard& shard);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Events events;
  Runner runner;

  /// The host of the web UI or --host; "" when each class keeps its own.
  [[nodiscard]] const std::string& host() const;
  /// The run's options and the locustfile's own arguments, as with the last spawn.
  [[nodiscard]] ParsedOptions parsed_options() const;
  /// The requests of this shard's users since the run began (or --reset-stats): with --threads 1
  /// those of the worker. (A Python worker's own statistics begin anew with each report.)
  [[nodiscard]] StatsTotal stats_total() const;
  /// This shard's number, from 0, and how many there are in this process.
  [[nodiscard]] std::size_t shard_index() const;
  [[nodiscard]] std::size_t shard_count() const;

  [[nodiscard]] detail::Shard& shard() const { return *shard_; }  ///< for the library itself

 private:
  detail::Shard* shard_;
};

}  // namespace cppworker
