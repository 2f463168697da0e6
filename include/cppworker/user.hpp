#pragma once

#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/time.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

class Environment;
class Value;
namespace detail {
class UserRun;
}

/// One simulated user; the C++ counterpart of `locust.User`. Derive from it (or from HttpUser),
/// list the methods to run in `tasks()` and name the class in `CPPWORKER_LOCUSTFILE(...)`.
///
/// Each instance lives on one shard's thread: members need no locks, and the library's blocking
/// calls suspend only this user. Never block the thread itself (std::this_thread::sleep_for, …).
class CPPWORKER_EXPORT User {
 public:
  static constexpr double weight = 1;           ///< Share among the classes, for the master's stub.
  static constexpr int fixed_count = 0;         ///< If > 0: so many users, before any weights.
  static constexpr std::string_view host = {};  ///< Used when the master gives none.
  /// Waited after each task. Instead, a class may have a method `Seconds wait_time()`.
  static constexpr WaitTime wait_time = constant(Seconds{0});

  /// environment(), base_host() and an HttpUser's client() are there from then on, hence in the
  /// constructors of derived classes. What leaves one of those ends the user without on_stop(), and
  /// is reported but to the listeners of user_error, as there is no user to show them.
  User();
  virtual ~User() = default;
  User(const User&) = delete;  // a running coroutine holds its address
  User& operator=(const User&) = delete;

  /// Runs before the first task. An exception that leaves it is reported and ends this user,
  /// without on_stop().
  virtual void on_start() {}
  /// Runs when the user stops, also when it is killed; may make requests (say, to log out).
  virtual void on_stop() {}
  /// Joins RequestEvent::context of each of this user's requests; asked for before each one is
  /// reported.
  [[nodiscard]] virtual Value::Map context() { return {}; }

  /// @pre The worker has created this user.
  [[nodiscard]] Environment& environment() const noexcept { return *environment_; }

  /// Suspends for the wait time, as after a task. The user counts as waiting meanwhile: a stop ends
  /// it at once, whatever the stop_timeout. In a task only.
  void wait();

  /// The host this user works against: the master's, or its class's own; "" when there is neither.
  [[nodiscard]] std::string_view base_host() const noexcept { return base_host_; }

  /// An attribute of the class that the web UI's class picker (`update_user_class`) or
  /// --config-users has set, other than those that Locust itself uses; nullptr if nobody has. Look
  /// at it when you need it: a change counts for running users too. Valid until the next one.
  /// @pre As for environment().
  [[nodiscard]] const Value* class_attribute(std::string_view name) const;

 private:
  friend class detail::UserRun;
  Environment* environment_ = nullptr;  // not owned; null if the worker hasn't created it
  std::string_view base_host_;          // owned by the environment or the class
  detail::UserRun* run_ = nullptr;      // the same
};

}  // namespace cppworker
