#pragma once

#include <cstddef>

#include "coro/scheduler.hpp"
#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

class ReadyQueue;

// All prefetching is in this file, except FastCall::warm_up().
//
// With thousands of users, most of a user's data is no longer in the CPU cache at its next turn,
// and its pages are no longer in the TLB. A prefetch then takes 0.5 microseconds, but several
// concurrent prefetches take no longer. So memory is prefetched in stages, each for several users
// before any of them runs. A stage may read the memory that the stage before it has prefetched.

inline constexpr std::size_t kCacheLine = 64;

/// Prefetches this memory into the CPU cache.
inline void prefetch(const void* begin, std::size_t size) {
  for (std::size_t at = 0; at < size; at += kCacheLine) {
    __builtin_prefetch(static_cast<const std::byte*>(begin) + at, 1);
  }
}

/// Prefetches for `events`, before their handlers are called: the entries of the table, the
/// handlers, and the coroutines that the handlers will resume.
/// @param entry_of returns the entry of an event; its `handler` may be null
template <class Events, class EntryOf>
void warm_up_handlers(const Events& events, const EntryOf& entry_of) {
  constexpr std::size_t kHandler =
      2 * kCacheLine;  // FastHttpUser's connection, which may start anywhere in a line
  for (const auto& event : events) {
    prefetch(&entry_of(event), sizeof entry_of(event));
  }
  for (const auto& event : events) {
    if (const FdHandler* const handler = entry_of(event).handler) {
      prefetch(handler, kHandler);
    }
  }
  for (const auto& event : events) {
    const FdHandler* const handler = entry_of(event).handler;
    if (handler != nullptr && handler->waiter() != nullptr) {
      prefetch(handler->waiter(), sizeof(StackedCoroutine));
    }
  }
}

/// Prefetches before timers fire: their slots in the table and the timers.
/// @param slot_of returns the slot of a timer wheel's entry; its `timer` may be null
template <class Entries, class SlotOf>
void warm_up_timers(const Entries& entries, const SlotOf& slot_of) {
  for (const auto& entry : entries) {
    prefetch(&slot_of(entry), 1);
  }
  for (const auto& entry : entries) {
    prefetch(slot_of(entry).timer, 1);
  }
}

/// Prefetches before coroutines are taken from a queue: a group of the next coroutines, and the
/// stack of the second one while the first one runs.
class CoroutineWarmup {
 public:
  explicit CoroutineWarmup(const ReadyQueue& ready) : ready_{ready} {}
  /// @pre the queue is not empty
  void before_pop();

 private:
  const ReadyQueue& ready_;
  std::size_t warm_ = 0;  // coroutines at the front of the queue
};

}  // namespace cppworker::coro
