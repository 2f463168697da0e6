#include "coro/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace cppworker::coro {
namespace {

constexpr std::uint64_t kWakeupTag = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void throw_last_error(const char* what) {
  throw std::system_error{errno, std::system_category(), what};
}

}  // namespace

Poller::Poller() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) {
    throw_last_error("epoll_create1");
  }
  wakeup_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup_ < 0) {
    const int error = errno;
    ::close(epoll_);
    errno = error;
    throw_last_error("eventfd");
  }
  set(wakeup_, EPOLLIN, kWakeupTag);
}

Poller::~Poller() {
  ::close(wakeup_);
  ::close(epoll_);
}

int Poller::set(int fd, std::uint32_t events, std::uint64_t tag) {
  // An fd that was closed behind our back is unknown to the kernel, one that comes from
  // somewhere else may be known: so both are tried.
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0 ||
      (errno == ENOENT && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0)) {
    return 0;
  }
  return errno;
}

void Poller::remove(int fd) {
  epoll_event unused{};  // must not be null before Linux 2.6.9, and costs nothing
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &unused);
}

std::span<const epoll_event> Poller::wait(std::optional<Duration> timeout) {
  auto count = static_cast<std::size_t>(std::max(wait_for_events(timeout), 0));
  for (std::size_t i = 0; i < count; ++i) {
    if (events_[i].data.u64 == kWakeupTag) {
      std::uint64_t wakeups = 0;
      static_cast<void>(::read(wakeup_, &wakeups, sizeof wakeups));
      events_[i] = events_[--count];
      break;
    }
  }
  return std::span{events_}.first(count);
}

int Poller::wait_for_events(std::optional<Duration> timeout) {
  constexpr int kMax = kEventsMax;
  if (nanoseconds_ && timeout && *timeout > Duration::zero()) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*timeout);
    timespec limit{};
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds{*timeout - seconds}.count();
    const int count = ::epoll_pwait2(epoll_, events_.data(), kMax, &limit, nullptr);
    if (count >= 0 || errno == EINTR) {
      return count;
    }
    nanoseconds_ = false;  // an old kernel, or a container that forbids what it doesn't know
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

void Poller::wake() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wakeup_, &one, sizeof one));
}

}  // namespace cppworker::coro
