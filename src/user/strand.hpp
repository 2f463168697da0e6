#pragma once

#include "coro/coroutine.hpp"

namespace cppworker::detail {

class UserRun;

/// What a coroutine of a user works for; also a coroutine of gather() that a lifecycle listener has
/// started. Belongs to the shard's thread.
struct Strand : coro::Coroutine::Owner {
  UserRun* run = nullptr;  ///< the user; null in a lifecycle listener

  /// Null: the coroutine is that of a lifecycle listener.
  static Strand* of(const coro::Coroutine& coroutine) {
    return static_cast<Strand*>(coroutine.owner());
  }
};

}  // namespace cppworker::detail
