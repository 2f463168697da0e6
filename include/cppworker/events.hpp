#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

class Environment;
class User;
struct Response;

namespace detail {
/// Logs what a listener threw; a listener's std::exception is never fatal.
CPPWORKER_EXPORT void log_listener_exception(const std::exception& exception);
/// Python's repr() of an exception, as Locust shows it: `std::runtime_error('text')`.
CPPWORKER_EXPORT std::string exception_repr(const std::exception& exception);
/// Unix time in seconds.
CPPWORKER_EXPORT double unix_time();
/// Reads the shard's clock: virtual in tests.
CPPWORKER_EXPORT std::chrono::steady_clock::time_point clock_now();
}  // namespace detail

/// A list of listeners. Each shard has its own (in Environment::events), so listeners that were
/// added in `init` run on that shard's thread and need no locks for what they alone use; globals
/// and captured references are shared by all shards.
template <class Event>
class EventHook {
 public:
  using Listener = std::function<void(const Event&)>;

  void add_listener(Listener listener) { listeners_.push_back(std::move(listener)); }

  /// Calls the listeners in the order in which they were added. A std::exception of one is logged
  /// and the next one runs; StopUser, RescheduleTask and their like end the task that fired.
  void fire(const Event& event) const {
    for (std::size_t i = 0; i < listeners_.size(); ++i) {  // by index: a listener may add another
      try {
        const Listener listener = listeners_[i];
        listener(event);
      } catch (const std::exception& exception) {
        detail::log_listener_exception(exception);
      }
    }
  }

  [[nodiscard]] bool empty() const { return listeners_.empty(); }

 private:
  std::vector<Listener> listeners_;
};

/// A request has been completed; the fields are Locust's keyword arguments of the `request` event.
struct RequestEvent {
  std::string_view request_type{};  ///< "GET", "ECHO", …: the Type column
  std::string_view name{};          ///< the Name column
  /// None: the request had no response time (counted, but in no histogram).
  std::optional<Milliseconds> response_time{};
  std::int64_t response_length = 0;  ///< bytes of the body
  /// The failure's text as the statistics show it; none: a success.
  std::optional<std::string> exception{};
  const Response* response =
      nullptr;             ///< of an HttpUser's request; not owned, valid during the call
  double start_time = 0;   ///< Unix seconds; 0: not known
  std::string_view url{};  ///< complete URL of the first hop
  /// A map of the user's context() and the request's own; None when both are empty.
  Value context{};
};

/// What the body given to measure() may change before the event is fired.
struct RequestMeta {
  std::string request_type{};
  std::string name{};
  std::int64_t response_length = 0;
  std::optional<std::string> exception{};
};

/// The `request` event: every fire() is counted in the statistics, then listeners are called.
class CPPWORKER_EXPORT RequestEventHook {
 public:
  using Listener = EventHook<RequestEvent>::Listener;

  void add_listener(Listener listener) { listeners_.add_listener(std::move(listener)); }

  /// Does not suspend (a listener may). Only from the shard's own users and listeners.
  void fire(const RequestEvent& event) const;

  /// Runs `body(RequestMeta&)`, measures how long it takes and fires the event. A std::exception
  /// that leaves the body becomes the failure and ends there; control flow (StopUser, …) passes on
  /// after the event, as in Locust.
  template <std::invocable<RequestMeta&> Body>
  void measure(std::string_view request_type, std::string_view name, Body&& body) const {
    RequestMeta meta{.request_type = std::string(request_type), .name = std::string(name)};
    const double start_time = detail::unix_time();
    const auto start = detail::clock_now();
    const auto fire_measured = [&] {
      fire({.request_type = meta.request_type,
            .name = meta.name,
            .response_time = detail::clock_now() - start,
            .response_length = meta.response_length,
            .exception = meta.exception,
            .start_time = start_time});
    };
    try {
      std::forward<Body>(body)(meta);
    } catch (const std::exception& exception) {
      meta.exception = detail::exception_repr(exception);
    } catch (...) {
      fire_measured();
      throw;
    }
    fire_measured();
  }

 private:
  friend class Environment;
  explicit RequestEventHook(Environment& environment) : environment_(&environment) {}
  Environment* environment_;
  EventHook<RequestEvent> listeners_;
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
};

struct SpawningCompleteEvent {
  std::int64_t user_count = 0;  ///< of the whole cluster
};

/// The master has answered a heartbeat.
struct HeartbeatReceivedEvent {
  std::string_view client_id;  ///< this worker's
  double timestamp = 0;        ///< Unix seconds
};

/// The events of one shard, with Locust's names. Add listeners in the function that CPPWORKER_INIT
/// names; it runs once per shard.
///
/// test_start, test_stopping, test_stop and quitting run once per worker, as a coroutine on shard
/// 0: their listeners may make requests. request and user_error run inside the user's coroutine;
/// spawning_complete and heartbeat_received run once per shard, as a coroutine.
struct Events {
  explicit Events(RequestEventHook request_hook) : request(std::move(request_hook)) {}

  RequestEventHook request;
  EventHook<UserErrorEvent> user_error;
  EventHook<EnvironmentEvent> test_start;
  EventHook<EnvironmentEvent> test_stopping;
  EventHook<EnvironmentEvent> test_stop;
  EventHook<EnvironmentEvent> quitting;
  EventHook<SpawningCompleteEvent> spawning_complete;
  EventHook<HeartbeatReceivedEvent> heartbeat_received;
};

}  // namespace cppworker
