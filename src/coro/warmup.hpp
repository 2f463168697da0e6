#pragma once

#include <cstddef>

#include "coro/scheduler.hpp"
#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

class ReadyQueue;

// Everything that prefetches is here, but for FastCall::warm_up().
//
// Among thousands of users most of what a user needs has left the processor's cache since its last
// turn, and its pages have left the table of addresses (TLB). A prefetch then takes half a
// microsecond, but several at the same time take no longer. So memory is prefetched in stages, each
// for several users before any of them runs: a stage may read what the stage before it has
// prefetched.

inline constexpr std::size_t kCacheLine = 64;

/// Asks the processor to bring this memory into its cache.
inline void prefetch(const void* begin, std::size_t size) {
  for (std::size_t at = 0; at < size; at += kCacheLine) {
    __builtin_prefetch(static_cast<const std::byte*>(begin) + at, 1);
  }
}

/// Before handlers are called for `events`: the table's entries, the handlers, the coroutines that
/// these will resume.
/// @param entry_of returns the entry of an event; its `handler` may be null
template <class Events, class EntryOf>
void warm_up_handlers(const Events& events, const EntryOf& entry_of) {
  constexpr std::size_t kHandler = 2 * kCacheLine;  // FastHttpUser's connection, anywhere in a line
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

/// Before timers fire: their slots in the table and the timers themselves.
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

/// Before coroutines are taken from a queue: those that come next, some at a time, and the stack of
/// the second one while the first one runs.
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
