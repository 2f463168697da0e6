#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/only_during_the_call.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/text.hpp>
#include <cppworker/time.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

class Environment;
class User;
struct Response;

namespace detail {
/// For a catch (...) around a listener: rethrows control flow (StopUser, RescheduleTask, …) and
/// logs every other exception with the event's name.
CPPWORKER_EXPORT void listener_threw(std::string_view event);
/// Python's repr() of an exception, as Locust shows it: `std::runtime_error('text')`.
CPPWORKER_EXPORT std::string exception_repr(const std::exception& exception);
/// For a catch (...) around the body of measure(): returns the failure's text and rethrows control
/// flow. Returns nothing if the body failed only because its user is stopped, its stack is being
/// unwound, and it therefore can't wait.
CPPWORKER_EXPORT std::optional<std::string> failure_of_current_exception();
}  // namespace detail

/// Identifies a listener for remove_listener().
enum class ListenerId : std::uint64_t {};

namespace detail {
template <class Event, class Function>
std::function<void(const Event&)> listener_of(Function&& function) {
  constexpr bool kTakesReference = std::is_invocable_v<std::decay_t<Function>&, const Event&>;
  static_assert(kTakesReference,
                "add_listener(): a listener takes the event by const reference, as in "
                "`[](const RequestEvent& event) { … }` (or const auto& event)");
  if constexpr (kTakesReference) {
    return std::forward<Function>(function);
  } else {
    return {};  // one error is enough
  }
}
}  // namespace detail

/// A list of listeners. Each shard has its own list (in Environment::events). Listeners that were
/// added in the init function run on that shard's thread. They need no locks for data that only
/// they use; globals and captured references are shared by all shards. A hook that you create
/// yourself also belongs to one shard.
template <class Event>
class EventHook {
 public:
  using Listener = std::function<void(const Event&)>;

  /// @param name the event's name in log messages
  explicit EventHook(std::string name = "an event of the locustfile") : name_(std::move(name)) {}

  /// Adds a listener after those that are there. Does not suspend.
  /// @param listener a Listener: a function that takes `const Event&`
  template <class Function>
  ListenerId add_listener(Function&& listener) {
    const auto id = static_cast<ListenerId>(++last_id_);
    listeners_.push_back({id, detail::listener_of<Event>(std::forward<Function>(listener))});
    return id;
  }

  /// Removes the listener. It is not called again, not even by a fire() that is running. Throws
  /// std::invalid_argument if there is no listener with this id.
  void remove_listener(ListenerId id) {
    for (Entry& entry : listeners_) {
      if (entry.id == id && !entry.is_removed) {
        entry.is_removed = true;
        if (firing_ == 0) listeners_.remove_if([](const Entry& e) { return e.is_removed; });
        return;
      }
    }
    throw std::invalid_argument("remove_listener: no such listener");
  }

  /// Calls the listeners in the order in which they were added. A listener that is added meanwhile
  /// is called from the next fire() on. An exception of a listener is logged, then the next
  /// listener runs. Control flow (StopUser, RescheduleTask, …) ends the task that called fire(), as
  /// in Locust. Suspends if a listener does.
  /// @param reverse true: in the reverse order, as Locust fires `quitting`
  void fire(const Event& event, bool reverse = false) const {
    const Firing firing(firing_);
    auto listener = reverse ? listeners_.end() : listeners_.begin();
    for (std::size_t left = listeners_.size(); left != 0; --left) {
      if (reverse) {
        --listener;
      }
      try {
        if (!listener->is_removed) listener->call(event);
      } catch (...) {
        detail::listener_threw(name_);
      }
      if (!reverse) {
        ++listener;
      }
    }
  }

  [[nodiscard]] bool empty() const { return listeners_.empty(); }

 private:
  struct Entry {
    ListenerId id{};
    Listener call;
    bool is_removed = false;
  };

  /// A listener may wait while another one removes it. Removed entries therefore stay in the list
  /// until no fire() is running.
  class Firing {
   public:
    explicit Firing(std::size_t& count) : count_(count) { ++count_; }
    ~Firing() { --count_; }
    Firing(const Firing&) = delete;
    Firing& operator=(const Firing&) = delete;

   private:
    std::size_t& count_;
  };

  std::string name_;
  std::list<Entry> listeners_;  // a list: entries keep their addresses while they run
  std::uint64_t last_id_ = 0;
  mutable std::size_t firing_ = 0;
};

/// A request has completed. The fields are Locust's keyword arguments of the `request` event. They
/// are valid during the listener's call.
struct RequestEvent {
  Text request_type{};  ///< "GET", "ECHO", …: the Type column
  Text name{};          ///< the Name column
  /// None: the request had no response time. It is counted, but not added to the histogram.
  std::optional<Milliseconds> response_time{};
  std::int64_t response_length = 0;  ///< bytes of the body
  /// The failure's text as the statistics show it; none: the request succeeded.
  std::optional<std::string> exception{};
  /// The response to a request of an HttpUser or FastHttpUser, else nullptr. Not owned.
  const Response* response = nullptr;
  double start_time = 0;  ///< Unix seconds; 0: not known
  Text url{};             ///< complete URL of the first request of a redirect chain
  /// A map: the user's context() and the request's context; None if both are empty.
  Value context{};
  /// For the sample of a failed request (--failure-samples): what was sent and received, as a text.
  Text detail{};
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// The fields of the event that the body of measure() may change before the event is fired.
struct RequestMeta {
  std::string request_type{};
  std::string name{};
  std::int64_t response_length = 0;
  std::optional<std::string> exception{};
  Value context{};  ///< for listeners of the event
  /// For the sample of a failed request (--failure-samples): what was sent and received, as a text.
  /// Set it only if the request failed, or when that costs nothing.
  std::string detail{};
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// The `request` event. fire() counts the request in the statistics, then calls the listeners.
class CPPWORKER_EXPORT RequestEventHook {
 public:
  using Listener = EventHook<RequestEvent>::Listener;

  template <class Function>
  ListenerId add_listener(Function&& listener) {
    return listeners_.add_listener(std::forward<Function>(listener));
  }
  void remove_listener(ListenerId id) { listeners_.remove_listener(id); }

  /// Counts the request, then calls the listeners. Suspends only if a listener does. Call it from
  /// users and listeners of this shard; throws std::logic_error on another thread.
  void fire(const RequestEvent& event) const;

  // For the library: it counts its own requests and makes an event only if there are listeners.
  /// The same as fire() for a request that ended at `ended`, a time of detail::clock_now().
  void fire_ended(const RequestEvent& event, std::chrono::steady_clock::time_point ended) const;
  [[nodiscard]] bool has_listeners() const { return !listeners_.empty(); }
  void call_listeners(const RequestEvent& event) const { listeners_.fire(event); }

  /// Runs `body(RequestMeta&)`, measures how long it takes, and fires the event.
  /// - An exception that leaves the body makes the request a failure. It is not rethrown.
  /// - Control flow (StopUser, …) is rethrown. The interrupted request is reported only if the body
  ///   had set `exception` before, as for an HTTP request and its check.
  /// - A request that a stop interrupts and that is not reported is counted in the log line
  ///   "Requests cut off while stopping".
  ///
  /// Suspends if the body or a listener does.
  template <class Body>
  void measure(std::string_view request_type, std::string_view name, Body&& body) const {
    static_assert(std::is_invocable_v<Body, RequestMeta&>,
                  "measure(): the body takes its argument by reference: `[&](RequestMeta& request) "
                  "{ … }` (or auto& request)");
    RequestMeta meta{.request_type = std::string(request_type), .name = std::string(name)};
    const double start_time = detail::unix_time();
    const auto start = detail::clock_now();
    const auto fire_measured = [&] {
      fire({.request_type = std::string_view(meta.request_type),
            .name = std::string_view(meta.name),
            .response_time = detail::clock_now() - start,
            .response_length = meta.response_length,
            .exception = std::move(meta.exception),
            .start_time = start_time,
            .context = std::move(meta.context),
            .detail = std::string_view(meta.detail)});
    };
    try {
      if constexpr (std::is_invocable_v<Body, RequestMeta&>) {
        std::forward<Body>(body)(meta);
      }
    } catch (const StopUser&) {
      if (meta.exception) {
        fire_measured();
      } else {
        count_cut_off(meta);
      }
      throw;
    } catch (...) {
      try {
        meta.exception = detail::failure_of_current_exception();
      } catch (...) {  // control flow that ends the task
        if (meta.exception) fire_measured();
        throw;
      }
      if (!meta.exception) return count_cut_off(meta);
    }
    fire_measured();
  }

 private:
  friend class Environment;
  /// Counts a request that a stop has interrupted.
  void count_cut_off(const RequestMeta& meta) const;
  explicit RequestEventHook(Environment& environment) : environment_(&environment) {}
  Environment* environment_;
  EventHook<RequestEvent> listeners_{"request"};
};

/// The argument of the events that carry no data of their own.
struct EnvironmentEvent {
  Environment& environment;
};

/// An exception escaped a task or on_start.
struct UserErrorEvent {
  User& user_instance;
  std::string_view exception;  ///< demangled type and message
  std::string_view tb;         ///< in place of a traceback: class, task and type
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

struct SpawningCompleteEvent {
  std::int64_t user_count = 0;  ///< users of the whole cluster
};

/// The master has answered a heartbeat.
struct HeartbeatReceivedEvent {
  std::string_view client_id;  ///< this worker's
  double timestamp = 0;        ///< Unix seconds
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// A report is about to be sent to the master.
struct ReportToMasterEvent {
  std::string_view client_id;  ///< this worker's
  /// Empty at first. Entries that a listener adds go into the report, and worker_report listeners
  /// of the master receive them. Locust's own keys ("stats", "stats_total", "errors",
  /// "user_classes_count", "user_count") can't be changed.
  Value::Map& data;
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// This worker's busiest thread used more than 90 % of a CPU over the last ten seconds.
struct CpuWarningEvent {
  Environment& environment;
  double cpu_usage = 0;  ///< percent
};

/// Every ten seconds.
struct UsageMonitorEvent {
  Environment& environment;
  double cpu_usage = 0;           ///< percent, of the busiest thread
  std::int64_t memory_usage = 0;  ///< resident bytes of the process
};

/// The process is about to exit: `quitting` has fired and the last messages to the master are sent.
struct QuitEvent {
  int exit_code = 0;
};

/// The events of one shard, with Locust's names. Add listeners in the function that CPPWORKER_INIT
/// names (Locust's `init`). It runs once per shard, on the shard's thread, before any user. It is
/// not a coroutine and must not wait. If it throws, the worker does not start.
///
/// Where the listeners run:
/// - request, user_error: in the user's coroutine, on its shard. A listener that waits delays only
///   this user. For what no call waits for (WebSocket, MQTT): on the event loop; must not wait.
/// - test_start, test_stopping, test_stop, quitting: once per worker, in a coroutine on shard 0.
///   Listeners may make requests. Users start when the test_start listeners have returned, and the
///   worker continues when those of the other events have returned.
/// - quit: once per worker, in a coroutine on shard 0, for two seconds at most.
/// - report_to_master, usage_monitor, cpu_warning: once per worker, in a coroutine on shard 0. A
///   report waits 0.1 s for its listeners; entries that they add later go into the next report.
/// - spawning_complete, heartbeat_received: once per shard, in a coroutine on each shard.
///
/// Locust fires its other events (reset_stats, worker_report, worker_connect, heartbeat_sent) on
/// the master. init_command_line_parser has no counterpart.
struct Events {
  explicit Events(RequestEventHook request_hook) : request(std::move(request_hook)) {}

  RequestEventHook request;
  EventHook<UserErrorEvent> user_error{"user_error"};
  EventHook<EnvironmentEvent> test_start{"test_start"};
  EventHook<EnvironmentEvent> test_stopping{"test_stopping"};
  EventHook<EnvironmentEvent> test_stop{"test_stop"};
  EventHook<EnvironmentEvent> quitting{"quitting"};
  EventHook<QuitEvent> quit{"quit"};
  EventHook<SpawningCompleteEvent> spawning_complete{"spawning_complete"};
  EventHook<HeartbeatReceivedEvent> heartbeat_received{"heartbeat_received"};
  EventHook<ReportToMasterEvent> report_to_master{"report_to_master"};
  EventHook<CpuWarningEvent> cpu_warning{"cpu_warning"};
  EventHook<UsageMonitorEvent> usage_monitor{"usage_monitor"};
};

}  // namespace cppworker
