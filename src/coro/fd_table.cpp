#include "coro/fd_table.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/check.hpp"
#include "coro/stacked_coroutine.hpp"
#include "coro/warmup.hpp"

namespace cppworker::coro {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP;
constexpr std::uint32_t kWriteEvents = EPOLLOUT;
constexpr std::uint32_t kBothDirections = EPOLLERR | EPOLLHUP;

int fd_of(const epoll_event& event) {
  return static_cast<int>(static_cast<std::uint32_t>(event.data.u64));
}

std::uint32_t events_of(FdTable::Wait::Direction direction) {
  return direction == FdTable::Wait::Direction::kRead ? kReadEvents : kWriteEvents;
}

}  // namespace

FdTable::Wait::Wait(FdTable& table, StackedCoroutine& coroutine, int fd, Direction direction)
    : table_{table}, coroutine_{coroutine}, fd_{fd}, direction_{direction} {
  table_.add(*this);
}

FdTable::Wait::~Wait() {
  if (!ready_) {
    table_.remove(*this);
  }
}

FdTable::Entry& FdTable::entry(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= entries_.size()) {
    entries_.resize(index + 1);
  }
  return entries_[index];
}

std::uint64_t FdTable::tag(int fd, const Entry& entry) {
  return std::uint64_t{entry.generation} << 32 | static_cast<std::uint32_t>(fd);
}

void FdTable::watch(int fd, std::uint32_t events, FdHandler& handler) {
  if (fd < 0) {
    throw std::system_error{EBADF, std::system_category(), "watch"};
  }
  Entry& watched = entry(fd);
  DCHECK(watched.waits == nullptr);
  ++watched.generation;
  if (const int error = poller_.set(fd, events, tag(fd, watched)); error != 0) {
    throw std::system_error{error, std::system_category(), "watch"};
  }
  watched.handler = &handler;
}

void FdTable::unwatch(int fd) {
  DCHECK(fd >= 0);
  Entry& watched = entry(fd);
  ++watched.generation;
  watched.handler = nullptr;
  poller_.remove(fd);
}

void FdTable::dispatch(std::span<const epoll_event> events) {
  warm_up_handlers(events, [this](const epoll_event& event) -> const Entry& {
    return entries_[static_cast<std::size_t>(fd_of(event))];
  });
  for (const epoll_event& event : events) {
    const int fd = fd_of(event);
    Entry& ready = entry(fd);
    if (event.data.u64 != tag(fd, ready)) {
      continue;  // an earlier handler in this batch stopped watching the fd
    }
    if (ready.handler != nullptr) {
      ready.handler->on_fd_ready(fd, event.events);
    } else {
      wake_waits(fd, ready, event.events);
    }
  }
}

void FdTable::add(Wait& wait) {
  if (wait.fd_ < 0) {
    throw std::system_error{EBADF, std::system_category(), "waiting for a file descriptor"};
  }
  Entry& waited = entry(wait.fd_);
  if (waited.handler != nullptr) {
    if (poller_.has(wait.fd_)) {
      throw std::logic_error{
          "A coroutine can't wait for file descriptor " + std::to_string(wait.fd_) +
          ": a TcpStream or another client uses it. Call wait_readable() of it."};
    }
    waited.handler =
        nullptr;  // of an earlier file with this number, which was closed outside run()
  }
  wait.next_ = waited.waits;
  waited.waits = &wait;
  if (const int error = arm_waits(wait.fd_, waited); error != 0) {
    waited.waits = wait.next_;
    if (error != EPERM) {
      throw std::system_error{error, std::system_category(), "waiting for a file descriptor"};
    }
    wait.ready_ = true;  // a regular file: always ready
  }
}

void FdTable::remove(Wait& wait) {
  Entry& waited = entry(wait.fd_);
  Wait** link = &waited.waits;
  while (*link != &wait) {
    DCHECK(*link != nullptr);
    link = &(*link)->next_;
  }
  *link = wait.next_;
  if (waited.waits == nullptr && waited.handler == nullptr) {
    ++waited.generation;
    poller_.remove(wait.fd_);
  }
}

/// Polls once for all directions that coroutines wait for on this fd. An event disarms the poll, so
/// an fd that nobody reads does not keep the loop busy.
int FdTable::arm_waits(int fd, Entry& entry) {
  std::uint32_t events = EPOLLONESHOT;
  for (const Wait* wait = entry.waits; wait != nullptr; wait = wait->next_) {
    events |= events_of(wait->direction_);
  }
  return poller_.set(fd, events, tag(fd, entry));
}

void FdTable::wake_waits(int fd, Entry& entry, std::uint32_t events) {
  Wait** link = &entry.waits;
  while (*link != nullptr) {
    Wait& wait = **link;
    if ((events & (events_of(wait.direction_) | kBothDirections)) == 0) {
      link = &wait.next_;
      continue;
    }
    *link = wait.next_;
    wait.ready_ = true;
    wait.coroutine_.wake();
  }
  if (entry.waits != nullptr) {
    arm_waits(fd, entry);
  }
}

}  // namespace cppworker::coro
