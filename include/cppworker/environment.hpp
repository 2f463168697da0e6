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

/// A custom message, as handlers of Locust's `register_message` receive it. Valid during the call.
struct Message {
  std::string_view type;
  const Value& data;  ///< copy it to keep it: `Value kept = message.data;`
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// The part of Locust's runner that a locustfile uses: messages to and from the master, stop() and
/// quit(). Owned by the Environment.
class CPPWORKER_EXPORT Runner {
 public:
  using MessageListener = std::function<void(Environment&, const Message&)>;

  /// Registers `listener` for messages of this type from the master. It runs once per worker and
  /// message, as a coroutine on shard 0, and may suspend. As in Locust, one call follows the other
  /// in the order of the messages; with `concurrent`, a call starts at once, also while others run.
  /// Call it in the init function. Throws std::logic_error if this type already has a listener.
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

  /// Queues a message for the master, which receives it at most once. Any thread.
  ///
  /// The queue holds 10,000 messages. If it is full because the master does not read, a caller that
  /// is a coroutine (a user, a listener) is suspended for up to 5 s until there is room; this may
  /// throw StopUser. After 5 s, or if the caller is not a coroutine, the message is dropped, and
  /// the log reports how many were. A message that would break a stock master (one of Locust's own
  /// types, a list as a map's key) is not sent; the log gives the reason.
  void send_message(std::string_view type, Value data = {}) const;

  /// Ends this worker as Ctrl-C does: its users stop, the last statistics go to the master, the
  /// process exits. Returns at once. Any thread.
  void quit() const;

  /// Stops the users of this worker only, with test_stopping and test_stop. The master is not
  /// informed: the next time it changes the user count, users start again. Returns at once. Any
  /// thread.
  void stop() const;

  /// The index, from 0, that the master has assigned to this worker; -1 until then.
  [[nodiscard]] std::int64_t worker_index() const;

 private:
  friend class Environment;
  void add_message_listener(std::string_view type, MessageListener listener, bool concurrent);
  explicit Runner(detail::Shard& shard) : shard_(&shard) {}
  detail::Shard* shard_;
};

/// Totals over all requests of a shard's users. Times are in milliseconds.
struct StatsTotal {
  std::int64_t num_requests = 0;
  std::int64_t num_failures = 0;
  double avg_response_time = 0;  ///< of the requests that had a response time
  double min_response_time = 0;
  double max_response_time = 0;
  [[nodiscard]] double fail_ratio() const {
    return num_requests == 0
               ? 0
               : static_cast<double>(num_failures) / static_cast<double>(num_requests);
  }
};

/// The counterpart of Locust's Environment. Each shard (thread) has its own, so its members need no
/// locks; use it only on that thread. Owned by the library. It outlives the shard's users.
class CPPWORKER_EXPORT Environment {
 public:
  explicit Environment(detail::Shard& shard);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Events events;
  Runner runner;

  /// The host from the web UI or the master's --host; "" if each class uses its own.
  [[nodiscard]] const std::string& host() const;
  /// The options of the run and the locustfile's own arguments, as of the last spawn message.
  [[nodiscard]] ParsedOptions parsed_options() const;
  /// Totals over the requests of this shard's users since the run began (or since --reset-stats).
  /// With --threads 1 these are the totals of the worker. (A Python worker resets its own
  /// statistics with each report.)
  [[nodiscard]] StatsTotal stats_total() const;
  /// Sets the exit code of a run without a master, as `environment.process_exit_code` does in
  /// Locust: it has precedence over all other reasons for an exit code. Call it in a `quitting`
  /// listener at the latest. No effect with a master.
  void set_process_exit_code(int code) const;
  /// This shard's index, from 0, and the number of shards in this process.
  [[nodiscard]] std::size_t shard_index() const;
  [[nodiscard]] std::size_t shard_count() const;

  [[nodiscard]] detail::Shard& shard() const { return *shard_; }  ///< for the library itself

 private:
  detail::Shard* shard_;
};

}  // namespace cppworker
