#pragma once

#include <chrono>
#include <type_traits>

namespace cppworker {

using Seconds = std::chrono::duration<double>;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// How long a user waits after each task. Set it as a class attribute of a User or a TaskSet, with
/// one of the functions below: `static constexpr WaitTime wait_time = between(1s, 5s);`.
///
/// For other wait times, write a method `Seconds wait_time()` instead. It is called after each
/// task, in the user's coroutine. It may make requests; the user counts as waiting meanwhile.
struct WaitTime {
  enum class Kind {
    kConstant,  ///< always `low`
    kBetween,   ///< uniformly distributed from `low` to `high`
    kPacing,    ///< `low` is the time from the start of one task to the start of the next
    kPoisson,   ///< exponentially distributed with mean `low`
  };
  Kind kind = Kind::kConstant;
  Seconds low{0};
  Seconds high{0};
};

/// Always the same time (locust.constant).
constexpr WaitTime constant(Seconds wait) {
  if (wait < Seconds{0}) {
    throw "constant(): a wait can't be negative";  // a compile error where it is a class attribute
  }
  return {WaitTime::Kind::kConstant, wait, wait};
}

/// Uniformly distributed between two times, both included (locust.between).
constexpr WaitTime between(Seconds min_wait, Seconds max_wait) {
  if (min_wait < Seconds{0} || max_wait < min_wait) {
    throw "between(): needs 0 <= min_wait <= max_wait";
  }
  return {WaitTime::Kind::kBetween, min_wait, max_wait};
}

/// Waits until `wait` has passed since the task began; no wait if the task took longer
/// (locust.constant_pacing). Each user has its own pace, and so has each TaskSet with its own
/// wait_time.
constexpr WaitTime constant_pacing(Seconds wait) {
  if (wait < Seconds{0}) {
    throw "constant_pacing(): a wait can't be negative";
  }
  return {WaitTime::Kind::kPacing, wait, wait};
}

/// At most `task_runs_per_second` tasks per second and user: the inverse of constant_pacing
/// (locust.constant_throughput).
constexpr WaitTime constant_throughput(double task_runs_per_second) {
  if (!(task_runs_per_second > 0)) {
    throw "constant_throughput() requires a positive rate";
  }
  return constant_pacing(Seconds{1 / task_runs_per_second});
}

/// Exponentially distributed with a mean of 1/rate seconds, like the arrivals of independent users
/// (locust.poisson). `rate` is in tasks per second.
constexpr WaitTime poisson(double rate) {
  if (!(rate > 0)) {
    throw "poisson() requires a positive rate";
  }
  return {WaitTime::Kind::kPoisson, Seconds{1 / rate}, Seconds{1 / rate}};
}

namespace detail {
template <class... T>
inline constexpr bool kAreNumbers = (std::is_arithmetic_v<T> && ...);
}

// Overloads for plain numbers, as in Python: they only produce a compile error that shows the unit.
template <class T>
requires detail::kAreNumbers<T>
constexpr WaitTime constant(T /*wait*/) {
  static_assert(!detail::kAreNumbers<T>, "constant(): a wait needs a unit: constant(1s)");
  return {};
}
template <class T, class U>
requires detail::kAreNumbers<T, U>
constexpr WaitTime between(T /*min_wait*/, U /*max_wait*/) {
  static_assert(!detail::kAreNumbers<T, U>, "between(): a wait needs a unit: between(1s, 5s)");
  return {};
}
template <class T>
requires detail::kAreNumbers<T>
constexpr WaitTime constant_pacing(T /*wait*/) {
  static_assert(!detail::kAreNumbers<T>, "constant_pacing(): a wait needs a unit: (1s)");
  return {};
}

}  // namespace cppworker
