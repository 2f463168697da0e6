#include "coro/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.hpp"

namespace cppworker::coro {
namespace {

constexpr std::uint64_t kWakeupTag = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMarkTag = kWakeupTag - 1;

[[noreturn]] void throw_last_error(const char* what) {
  throw std::system_error{errno, std::system_category(), what};
}

bool write_one(int eventfd) noexcept {
  const std::uint64_t one = 1;
  return ::write(eventfd, &one, sizeof one) == sizeof one;
}

}  // namespace

Poller::Poller() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) {
    throw_last_error("epoll_create1");
  }
  try {
    watch_eventfd(wakeup_, EPOLLIN, kWakeupTag);
    watch_eventfd(mark_, EPOLLIN | EPOLLET, kMarkTag);
  } catch (...) {
    close_all();
    throw;
  }
}

Poller::~Poller() { close_all(); }

void Poller::close_all() const {
  for (const int fd : {mark_, wakeup_, epoll_}) {
    if (fd >= 0) {
      ::close(fd);
    }
  }
}

void Poller::watch_eventfd(int& fd, std::uint32_t events, std::uint64_t tag) {
  fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    throw_last_error("eventfd");
  }
  set(fd, events, tag);
}

int Poller::set(int fd, std::uint32_t events, std::uint64_t tag) {
  // The caller may not know whether the fd is registered: another library may have closed it and
  // opened a new one with the same number. So try both operations.
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0 ||
      (errno == ENOENT && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0)) {
    return 0;
  }
  return errno;
}

bool Poller::has(int fd) {
  epoll_event none{};
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &none) != 0 && errno == EEXIST;
}

void Poller::remove(int fd) {
  epoll_event unused{};  // must not be null before Linux 2.6.9, and costs nothing
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &unused);
}

std::span<const epoll_event> Poller::wait(std::optional<Duration> timeout) {
  const auto count = static_cast<std::size_t>(std::max(wait_for_events(timeout), 0));
  is_drained_ = count < kMaxEvents;
  std::size_t kept = 0;
  for (const epoll_event& event : std::span{events_}.first(count)) {
    if (event.data.u64 == kWakeupTag) {
      std::uint64_t wakeups = 0;
      [[maybe_unused]] const auto bytes = ::read(wakeup_, &wakeups, sizeof wakeups);
    } else if (event.data.u64 == kMarkTag) {
      is_marked_ = false;
    } else {
      events_[kept++] = event;
    }
  }
  return std::span{events_}.first(kept);
}

void Poller::mark() {
  DCHECK(!is_marked_);
  is_marked_ = write_one(mark_);
}

int Poller::wait_for_events(std::optional<Duration> timeout) {
  constexpr int kMax = kMaxEvents;
  if (nanoseconds_ && timeout && *timeout > Duration::zero()) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*timeout);
    timespec limit{};
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds{*timeout - seconds}.count();
    const int count = ::epoll_pwait2(epoll_, events_.data(), kMax, &limit, nullptr);
    if (count >= 0 || errno == EINTR) {
      return count;
    }
    nanoseconds_ = false;  // an old kernel, or a container that forbids the system call
  }
  int milliseconds = -1;
  if (timeout) {
    constexpr std::chrono::milliseconds kLongest{std::numeric_limits<int>::max()};
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout);
    milliseconds =
        static_cast<int>(std::clamp(rounded, std::chrono::milliseconds{0}, kLongest).count());
  }
  return ::epoll_wait(epoll_, events_.data(), kMax, milliseconds);
}

void Poller::leave_to_parent() noexcept {
  ::close(epoll_);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
}

void Poller::wake() noexcept { write_one(wakeup_); }

}  // namespace cppworker::coro
