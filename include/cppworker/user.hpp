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

/// One simulated user; the counterpart of `locust.User`. Derive from it or from HttpUser, list the
/// methods to run in `tasks()`, and name the class in `CPPWORKER_LOCUSTFILE(...)`.
///
/// Each instance is owned by the library and lives on the thread of one shard. Its members need no
/// locks, and the blocking calls of the library suspend only this user. Do not block the thread
/// itself (std::this_thread::sleep_for, …): that stalls all users of the shard.
class CPPWORKER_EXPORT User {
 public:
  static constexpr double weight = 1;    ///< relative number of users of this class
  static constexpr int fixed_count = 0;  ///< > 0: the number of users, regardless of weights
  /// > 0: without a master, the users of this class together run exactly this number of tasks.
  /// 0: no limit. With a master, it has no effect.
  static constexpr int iterations = 0;
  static constexpr std::string_view host = {};  ///< used if the master has none
  /// The wait after each task. A class may have a method `Seconds wait_time()` instead.
  static constexpr WaitTime wait_time = constant(Seconds{0});

  /// environment(), base_host() and the client() of an HttpUser can be used in the constructors of
  /// derived classes. An exception that leaves such a constructor ends the user without on_stop().
  /// It is reported to the master, but not to user_error listeners, because there is no user
  /// object.
  User();
  virtual ~User() = default;
  User(const User&) = delete;  // a running coroutine holds its address
  User& operator=(const User&) = delete;

  /// Runs before the first task. May suspend. An exception that leaves it is reported and ends this
  /// user without on_stop().
  virtual void on_start() {}
  /// Runs when the user stops, even when it is killed. May make requests, for example to log out.
  virtual void on_stop() {}
  /// Added to RequestEvent::context of each of this user's requests. Called before each request is
  /// reported.
  [[nodiscard]] virtual Value::Map context() { return {}; }

  /// @pre The worker has created this user.
  [[nodiscard]] Environment& environment() const noexcept { return *environment_; }

  /// Suspends for the wait time, as after a task. The user counts as waiting: a stop ends it at
  /// once even with a stop_timeout. Call it only in a task. Throws StopUser.
  void wait();

  /// The host of this user's requests: the master's, or that of its class; "" if there is neither.
  [[nodiscard]] std::string_view base_host() const noexcept { return base_host_; }

  /// A class attribute that the web UI's class picker (`update_user_class`) or --config-users has
  /// set, other than those that Locust itself uses; nullptr if it is not set. Changes apply to
  /// running users too, so call this each time you need the value. Valid until the next change.
  /// @pre As for environment().
  [[nodiscard]] const Value* class_attribute(std::string_view name) const;

 private:
  friend class detail::UserRun;
  Environment* environment_ = nullptr;  // not owned; null if the worker hasn't created it
  std::string_view base_host_;          // owned by the environment or the class
  detail::UserRun* run_ = nullptr;      // not owned; null if the worker hasn't created it
};

}  // namespace cppworker
