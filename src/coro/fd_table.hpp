#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sys/epoll.h>

#include "coro/poller.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::coro {

class StackedCoroutine;

/// Maps file descriptors to their handler, or to the coroutines that wait for them.
class FdTable {
 public:
  /// A coroutine's wait for one direction of one fd. It must not move while it is in the table. Its
  /// destructor removes it from the table.
  class Wait {
   public:
    enum class Direction : std::uint8_t { kRead, kWrite };

    Wait(FdTable& table, StackedCoroutine& coroutine, int fd, Direction direction);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    /// Errors and hang-ups count as ready for both directions: the next read or write reports them.
    [[nodiscard]] bool ready() const { return ready_; }

   private:
    friend class FdTable;
    FdTable& table_;
    StackedCoroutine& coroutine_;
    int fd_;
    Direction direction_;
    bool ready_ = false;
    Wait* next_ = nullptr;
  };

  explicit FdTable(Poller& poller) : poller_{poller} {}

  /// Throws std::system_error (the file descriptor is not open, or it cannot be polled).
  void watch(int fd, std::uint32_t events, FdHandler& handler);
  void unwatch(int fd);
  void dispatch(std::span<const epoll_event> events);

 private:
  struct Entry {
    FdHandler* handler = nullptr;
    Wait* waits = nullptr;
    std::uint32_t generation = 0;  // identifies events of an earlier use of the same number
  };

  Entry& entry(int fd);
  static std::uint64_t tag(int fd, const Entry& entry);
  int arm_waits(int fd, Entry& entry);
  void add(Wait& wait);
  void remove(Wait& wait);
  void wake_waits(int fd, Entry& entry, std::uint32_t events);

  Poller& poller_;
  std::vector<Entry> entries_;  // by fd
};

}  // namespace cppworker::coro
