#pragma once

#include <chrono>

namespace cppworker {

using Seconds = std::chrono::duration<double>;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// How long a user waits after each task: a literal value of a class attribute,
/// `static constexpr WaitTime wait_time = between(1s, 5s);`. Made by the functions below.
struct WaitTime {
  enum class Kind { kConstant, kBetween };
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

}  // namespace cppworker
