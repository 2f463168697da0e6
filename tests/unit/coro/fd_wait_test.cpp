#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "support/coroutine_test.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;
using this_coroutine::FdResult;

class SocketPair {
 public:
  SocketPair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
  }
  ~SocketPair() {
    close_ours();
    close_theirs();
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  [[nodiscard]] int ours() const { return fds_[0]; }
  void send(const std::string& text) {
    EXPECT_EQ(::write(fds_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// Writes until the buffer of our side is full. Returns the number of bytes.
  std::size_t fill() {
    const std::string block(4096, 'x');
    std::size_t written = 0;
    for (ssize_t n = 0; (n = ::write(ours(), block.data(), block.size())) > 0;) {
      written += static_cast<std::size_t>(n);
    }
    return written;
  }
  void drain(std::size_t size) {
    std::string buffer(size, ' ');
    EXPECT_GT(::read(fds_[1], buffer.data(), buffer.size()), 0);
  }
  void close_ours() { close(fds_[0]); }
  void close_theirs() { close(fds_[1]); }

 private:
  static void close(int& fd) {
    if (fd >= 0) {
      ::close(fd);
    }
    fd = -1;
  }
  std::array<int, 2> fds_{-1, -1};
};

std::string read_all(int fd) {
  std::array<char, 100> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : "";
}

COROUTINE_TEST(FdWait, ReturnsWhenThereIsSomethingToRead) {
  SocketPair sockets;
  for (const std::string text : {"one", "two", "three"}) {
    scheduler.spawn([&, text] { sockets.send(text); });
    EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), TimePoint::max()), FdResult::kReady);
    EXPECT_EQ(read_all(sockets.ours()), text);
  }
}

COROUTINE_TEST(FdWait, ReturnsWhenThereIsRoomToWrite) {
  SocketPair sockets;
  EXPECT_EQ(this_coroutine::wait_writable(sockets.ours(), TimePoint::max()), FdResult::kReady);
  const std::size_t written = sockets.fill();
  EXPECT_EQ(this_coroutine::wait_writable(sockets.ours(), clock.now() + 1s), FdResult::kTimeout);
  scheduler.spawn([&] { sockets.drain(written); });
  EXPECT_EQ(this_coroutine::wait_writable(sockets.ours(), TimePoint::max()), FdResult::kReady);
}

COROUTINE_TEST(FdWait, EndsAtTheDeadline) {
  SocketPair sockets;
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() + 3s), FdResult::kTimeout);
  EXPECT_EQ(elapsed(), 3s);
  sockets.send("late");
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() + 3s), FdResult::kReady);
  EXPECT_EQ(elapsed(), 3s);
}

COROUTINE_TEST(FdWait, ChecksOnceWhenTheDeadlineHasPassed) {
  SocketPair sockets;
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() - 1s), FdResult::kTimeout);
  sockets.send("there");
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() - 1s), FdResult::kReady);
  EXPECT_EQ(elapsed(), 0s);
}

COROUTINE_TEST(FdWait, TwoCoroutinesMayWaitForTheTwoDirections) {
  SocketPair sockets;
  const std::size_t written = sockets.fill();
  std::string order;
  scheduler.spawn([&] {
    EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), TimePoint::max()), FdResult::kReady);
    order += 'r';
  });
  scheduler.spawn([&] {
    EXPECT_EQ(this_coroutine::wait_writable(sockets.ours(), TimePoint::max()), FdResult::kReady);
    order += 'w';
  });
  this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_EQ(order, "");
  sockets.send("x");
  this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_EQ(order, "r");
  sockets.drain(written);
  this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_EQ(order, "rw");
}

COROUTINE_TEST(FdWait, WakesAllCoroutinesThatWaitToRead) {
  SocketPair sockets;
  int woken = 0;
  for (int i = 0; i < 3; ++i) {
    scheduler.spawn([&] {
      this_coroutine::wait_readable(sockets.ours(), TimePoint::max());
      ++woken;
    });
  }
  this_coroutine::yield();
  sockets.send("x");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(woken, 3);
}

COROUTINE_TEST(FdWait, HangUpIsReadyForBothDirections) {
  SocketPair sockets;
  sockets.fill();
  std::vector<FdResult> results;
  scheduler.spawn(
      [&] { results.push_back(this_coroutine::wait_readable(sockets.ours(), TimePoint::max())); });
  scheduler.spawn(
      [&] { results.push_back(this_coroutine::wait_writable(sockets.ours(), TimePoint::max())); });
  this_coroutine::yield();
  sockets.close_theirs();
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(results, (std::vector<FdResult>{FdResult::kReady, FdResult::kReady}));
}

COROUTINE_TEST(FdWait, RemovesAWaitThatWasStopped) {
  SocketPair sockets;
  Coroutine& stopped = scheduler.spawn([&] {
    EXPECT_THROW(this_coroutine::wait_readable(sockets.ours(), clock.now() + 1h), StopUser);
    throw StopUser{};
  });
  this_coroutine::yield();
  stopped.request_stop();
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(scheduler.alive(), 1U);
  sockets.send("x");  // must not wake a coroutine
  this_coroutine::sleep_until(clock.now() + 1s);
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), TimePoint::max()), FdResult::kReady);
}

COROUTINE_TEST(FdWait, KeepsTheOtherDirectionWhenOneIsStopped) {
  SocketPair sockets;
  const std::size_t written = sockets.fill();
  bool writable = false;
  Coroutine& reader =
      scheduler.spawn([&] { this_coroutine::wait_readable(sockets.ours(), TimePoint::max()); });
  scheduler.spawn([&] {
    this_coroutine::wait_writable(sockets.ours(), TimePoint::max());
    writable = true;
  });
  this_coroutine::yield();
  reader.request_stop();
  this_coroutine::yield();
  sockets.send("nobody reads this");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_FALSE(writable);
  sockets.drain(written);
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_TRUE(writable);
}

COROUTINE_TEST(FdWait, ServesANewFdWithANumberThatWasClosed) {
  int number = -1;
  for (int i = 0; i < 3; ++i) {
    SocketPair sockets;
    if (i > 0) {
      EXPECT_EQ(sockets.ours(), number);
    }
    number = sockets.ours();
    EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() + 1s), FdResult::kTimeout);
    sockets.send("x");
    EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() + 1s), FdResult::kReady);
  }
}

COROUTINE_TEST(FdWait, AnFdThatIsClosedDuringTheWaitIsNeverReady) {
  SocketPair sockets;
  scheduler.spawn([&] { sockets.close_ours(); });
  EXPECT_EQ(this_coroutine::wait_readable(sockets.ours(), clock.now() + 5s), FdResult::kTimeout);
  EXPECT_EQ(elapsed(), 5s);
}

COROUTINE_TEST(FdWait, ThrowsForAnFdThatIsNotOpen) {
  SocketPair sockets;
  const int closed = sockets.ours();
  sockets.close_ours();
  EXPECT_THROW(this_coroutine::wait_readable(closed, TimePoint::max()), std::system_error);
  EXPECT_THROW(this_coroutine::wait_writable(-1, TimePoint::max()), std::system_error);
  this_coroutine::sleep_until(clock.now() + 1ms);  // the coroutine can still wait
}

COROUTINE_TEST(FdWait, ARegularFileIsAlwaysReady) {
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(this_coroutine::wait_readable(file, TimePoint::max()), FdResult::kReady);
  ::close(file);
}

/// Records its events and calls a function.
class RecordingHandler final : public FdHandler {
 public:
  explicit RecordingHandler(std::function<void(int)> function = [](int) {})
      : function_{std::move(function)} {}
  void on_fd_ready(int fd, std::uint32_t epoll_events) override {
    events.push_back(epoll_events);
    function_(fd);
  }
  std::vector<std::uint32_t> events;

 private:
  std::function<void(int)> function_;
};

COROUTINE_TEST(FdWatch, CallsTheHandlerUntilUnwatched) {
  SocketPair sockets;
  RecordingHandler handler{[&](int fd) {
    EXPECT_EQ(fd, sockets.ours());
    EXPECT_EQ(scheduler.running(), nullptr);
    read_all(fd);
  }};
  scheduler.watch(sockets.ours(), EPOLLIN, handler);
  sockets.send("a");
  this_coroutine::sleep_until(clock.now() + 1ms);
  sockets.send("b");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(handler.events.size(), 2U);
  EXPECT_NE(handler.events.at(0) & EPOLLIN, 0U);
  scheduler.unwatch(sockets.ours());
  sockets.send("c");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(handler.events.size(), 2U);
}

COROUTINE_TEST(FdWatch, ReportsEdgesOnlyOnce) {
  SocketPair sockets;
  RecordingHandler handler;  // does not read
  scheduler.watch(sockets.ours(), EPOLLIN | EPOLLET, handler);
  sockets.send("a");
  for (int i = 0; i < 5; ++i) {
    this_coroutine::sleep_until(clock.now() + 1ms);
  }
  EXPECT_EQ(handler.events.size(), 1U);
}

COROUTINE_TEST(FdWatch, ReplacesAnEarlierWatch) {
  SocketPair sockets;
  RecordingHandler first;
  RecordingHandler second{[](int fd) { read_all(fd); }};
  scheduler.watch(sockets.ours(), EPOLLIN, first);
  scheduler.watch(sockets.ours(), EPOLLIN, second);
  sockets.send("a");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_TRUE(first.events.empty());
  EXPECT_EQ(second.events.size(), 1U);
  scheduler.unwatch(sockets.ours());
}

COROUTINE_TEST(FdWatch, ACoroutineCanNotWaitForAWatchedFd) {
  SocketPair sockets;
  RecordingHandler handler{[](int fd) { read_all(fd); }};
  scheduler.watch(sockets.ours(), EPOLLIN, handler);
  EXPECT_THROW(this_coroutine::wait_readable(sockets.ours(), clock.now() + 1ms), std::logic_error);
  sockets.send("a");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(handler.events.size(), 1U) << "it is still watched";
  scheduler.unwatch(sockets.ours());
}

TEST(FdWatch, AnFdThatIsClosedWhileTheLoopDoesNotRunNeedsNoUnwatch) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  auto handler = std::make_unique<RecordingHandler>();
  std::array<int, 2> fds{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  const int number = fds[0];
  scheduler.watch(number, EPOLLIN, *handler);
  scheduler.run_until_idle();
  handler.reset();
  ::close(fds[0]);
  ::close(fds[1]);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  ASSERT_EQ(fds[0], number);
  bool ready = false;
  scheduler.spawn([&] {
    EXPECT_EQ(::send(fds[1], "x", 1, 0), 1);
    ready =
        this_coroutine::wait_readable(number, TimePoint::max()) == this_coroutine::FdResult::kReady;
  });
  scheduler.run_until_idle();
  EXPECT_TRUE(ready);
  ::close(fds[0]);
  ::close(fds[1]);
}

COROUTINE_TEST(FdWatch, DropsEventsOfAnFdThatAnEarlierHandlerUnwatched) {
  SocketPair one;
  SocketPair two;
  int calls = 0;
  RecordingHandler handler{[&](int) {
    ++calls;
    scheduler.unwatch(one.ours());
    scheduler.unwatch(two.ours());
  }};
  scheduler.watch(one.ours(), EPOLLIN, handler);
  scheduler.watch(two.ours(), EPOLLIN, handler);
  one.send("x");
  two.send("x");
  this_coroutine::sleep_until(clock.now() + 1ms);
  EXPECT_EQ(calls, 1);
}

COROUTINE_TEST(FdWatch, ThrowsForAnFdThatCannotBePolled) {
  RecordingHandler handler;
  EXPECT_THROW(scheduler.watch(-1, EPOLLIN, handler), std::system_error);
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  EXPECT_THROW(scheduler.watch(file, EPOLLIN, handler), std::system_error);
  ::close(file);
}

COROUTINE_TEST(FdWatch, CoroutinesThatYieldEndlesslyDoNotStarveIt) {
  SocketPair sockets;
  bool told = false;
  RecordingHandler handler{[&](int fd) {
    read_all(fd);
    told = true;
  }};
  scheduler.watch(sockets.ours(), EPOLLIN, handler);
  sockets.send("x");
  for (int i = 0; i < 100 && !told; ++i) {
    this_coroutine::yield();
  }
  EXPECT_TRUE(told);
  scheduler.unwatch(sockets.ours());
}

/// Thousands of file descriptors that are always ready. Each event takes 10 us of the thread.
class AlwaysReady final : public FdHandler {
 public:
  AlwaysReady(Scheduler& scheduler, VirtualClock& clock) : scheduler_{scheduler}, clock_{clock} {
    for (int i = 0; i < 5'000; ++i) {
      fds_.push_back(i == 0 ? ::eventfd(1, EFD_CLOEXEC) : ::fcntl(fds_[0], F_DUPFD_CLOEXEC, 0));
      scheduler_.watch(fds_.back(), EPOLLIN, *this);
    }
  }
  ~AlwaysReady() {
    for (const int fd : fds_) {
      scheduler_.unwatch(fd);
      ::close(fd);
    }
  }
  void on_fd_ready(int fd, std::uint32_t) override {
    clock_.advance(10us);
    served.insert(fd);
  }
  std::set<int> served;

 private:
  Scheduler& scheduler_;
  VirtualClock& clock_;
  std::vector<int> fds_;
};

TEST(FdFairness, ReadyFdsLeaveRoomForTimersMessagesAndEachOther) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  AlwaysReady fds{scheduler, clock};
  const TimePoint begin = clock.now();
  TimePoint woken;
  TimePoint got_message;
  scheduler.spawn([&] {
    this_coroutine::sleep_until(begin + 30ms);
    woken = clock.now();
    scheduler.post([&] { got_message = clock.now(); });
    this_coroutine::sleep_until(begin + 200ms);
    scheduler.stop();
  });
  scheduler.run();
  constexpr auto kBatch = 1024 * 10us;
  EXPECT_LE(woken - begin, 30ms + 2 * kBatch);
  EXPECT_LE(got_message - woken, 2 * kBatch);
  EXPECT_EQ(fds.served.size(), 5'000U);
}

}  // namespace
}  // namespace cppworker::coro
