#pragma once

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
/// For a catch (...) around a listener: passes control flow (StopUser, RescheduleTask, …) on and
/// logs everything else with the event's name.
CPPWORKER_EXPORT void listener_threw(std::string_view event);
/// Python's repr() of an exception, as Locust shows it: `std::runtime_error('text')`.
CPPWORKER_EXPORT std::string exception_repr(const std::exception& exception);
/// For a catch (...) around what measure() measures: the failure's text. Passes control flow on.
/// None: it failed only because a stopped user, whose stack is being unwound, can't wait.
CPPWORKER_EXPORT std::optional<std::string> failure_of_current_exception();
}  // namespace detail

/// Names a listener for remove_listener().
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

/// A list of listeners. Each shard has its own (in Environment::events), so listeners that were
/// added in `init` run on that shard's thread and need no locks for what they alone use; globals
/// and captured references are shared by all shards. A hook of your own belongs to one shard, too.
template <class Event>
class EventHook {
 public:
  using Listener = std::function<void(const Event&)>;

  /// @param name for the log
  explicit EventHook(std::string name = "an event of the locustfile") : name_(std::move(name)) {}

  /// @param listener see Listener
  template <class Function>
  ListenerId add_listener(Function&& listener) {
    const auto id = static_cast<ListenerId>(++last_id_);
    listeners_.push_back({id, detail::listener_of<Event>(std::forward<Function>(listener))});
    return id;
  }

  /// The listener is called no more, not even by a fire() that has begun. Throws
  /// std::invalid_argument when there is none of that name.
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

  /// Calls the listeners in the order in which they were added; one that a listener adds is called
  /// from the next time on. What a listener throws is logged and the next one runs; but StopUser,
  /// RescheduleTask and their like end the task that fired, as in Locust.
  /// @param reverse the last one first, as Locust fires `quitting`.
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

  /// Listeners may wait, and others remove them meanwhile: they are kept while any runs.
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
  std::list<Entry> listeners_;  // they stay where they are while they run
  std::uint64_t last_id_ = 0;
  mutable std::size_t firing_ = 0;
};

/// A request has been completed; the fields are Locust's keyword arguments of the `request` event.
/// What a listener gets is valid during the call.
struct RequestEvent {
  Text request_type{};  ///< "GET", "ECHO", …: the Type column
  Text name{};          ///< the Name column
  /// None: the request had no response time (counted, but in no histogram).
  std::optional<Milliseconds> response_time{};
  std::int64_t response_length = 0;  ///< bytes of the body
  /// The failure's text as the statistics show it; none: a success.
  std::optional<std::string> exception{};
  const Response* response =
      nullptr;            ///< of an HttpUser's request; not owned, valid during the call
  double start_time = 0;  ///< Unix seconds; 0: not known
  Text url{};             ///< complete URL of the first hop
  /// A map of the user's context() and the request's own; None when both are empty.
  Value context{};
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// What the body given to measure() may change before the event is fired.
struct RequestMeta {
  std::string request_type{};
  std::string name{};
  std::int64_t response_length = 0;
  std::optional<std::string> exception{};
  Value context{};  ///< for listeners of the event
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

/// The `request` event: every fire() is counted in the statistics, then listeners are called.
class CPPWORKER_EXPORT RequestEventHook {
 public:
  using Listener = EventHook<RequestEvent>::Listener;

  template <class Function>
  ListenerId add_listener(Function&& listener) {
    return listeners_.add_listener(std::forward<Function>(listener));
  }
  void remove_listener(ListenerId id) { listeners_.remove_listener(id); }

  /// Does not suspend (a listener may). Only from the shard's own users and listeners; throws
  /// std::logic_error on another thread.
  void fire(const RequestEvent& event) const;

  // For the library, which counts its own requests without making an event that nobody sees.
  [[nodiscard]] bool has_listeners() const { return !listeners_.empty(); }
  void call_listeners(const RequestEvent& event) const { listeners_.fire(event); }

  /// Runs `body(RequestMeta&)`, measures how long it takes and fires the event. An exception that
  /// leaves the body becomes the failure and ends there. Control flow (StopUser, …) passes on: what
  /// it cut off is reported only if `exception` was set before, as with an HTTP request and its
  /// check. What a stop cut off is counted in the log line "Requests cut off while stopping".
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
            .context = std::move(meta.context)});
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
  /// Counts a request that a stop has cut off.
  void count_cut_off(const RequestMeta& meta) const;
  explicit RequestEventHook(Environment& environment) : environment_(&environment) {}
  Environment* environment_;
  EventHook<RequestEvent> listeners_{"request"};
};

/// The arguments of the events without data of their own.
struct EnvironmentEvent {
  Environment& environment;
};

/// An exception escaped a task or on_start.
struct UserErrorEvent {
  User& user_instance;
  std::string_view exception;  ///< demangled type and message
  std::string_view tb;         ///< class, task and type
  [[no_unique_address]] detail::OnlyDuringTheCall only_during_the_call{};
};

struct SpawningCompleteEvent {
  std::int64_t user_count = 0;  ///< of the whole cluster
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
  /// Empty; what a listener adds goes into the report, beside Locust's own keys ("stats",
  /// "stats_total", "errors", "user_classes_count", "user_count"), which it can't change. The
  /// master's worker_report listeners see it.
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

/// The process ends, after `quitting` and the last messages to the master.
struct QuitEvent {
  int exit_code = 0;
};

/// The events of one shard, with Locust's names. Add listeners in the function that CPPWORKER_INIT
/// names, which is Locust's `init`: it runs once per shard, on the shard's thread and before any
/// user, not as a coroutine: it must not wait. If it throws, the worker does not start.
///
/// | event | where its listeners run |
/// |---|---|
/// | request, user_error | in the user's coroutine, on its shard: waiting delays this user only |
/// | test_start, test_stopping, test_stop, quitting | once per worker, one coroutine on shard 0:
/// may make requests; the users start after test_start and the worker goes on after the others | |
/// quit | the same; it has two seconds | | report_to_master, usage_monitor, cpu_warning | once per
/// worker, a coroutine on shard 0; a report waits for its listeners for 0.1 s, what they add later
/// goes into the next one | | spawning_complete, heartbeat_received | once per shard, a coroutine
/// on each |
///
/// Locust's other events (reset_stats, worker_report, worker_connect, heartbeat_sent) are fired on
/// its master; init_command_line_parser has no counterpart.
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
