#include "coro/poller.hpp"

#include <cerrno>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

class PollerTest : public testing::TestWithParam<bool> {
 public:
  ~PollerTest() override {
    for (const int fd : fds) {
      ::close(fd);
    }
  }

 protected:
  PollerTest() {
    if (GetParam()) {
      poller.use_milliseconds();
    }
  }
  int ready_fd() {
    fds.push_back(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    return fds.back();
  }
  void add_ready_fds(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(poller.set(ready_fd(), EPOLLIN | EPOLLET, i), 0);
    }
  }

  Poller poller;
  std::vector<int> fds;
};

INSTANTIATE_TEST_SUITE_P(BothTimeouts, PollerTest, testing::Bool(), [](const auto& test) {
  return test.param ? "Milliseconds" : "Nanoseconds";
});

TEST_P(PollerTest, ReturnsReadyFdsWithTheirTags) {
  ASSERT_EQ(poller.set(ready_fd(), EPOLLIN, 42), 0);
  const auto events = poller.wait(1h);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data.u64, 42U);
  EXPECT_NE(events[0].events & EPOLLIN, 0U);
}

TEST_P(PollerTest, ReturnsAtOnceWithoutATimeout) {
  EXPECT_TRUE(poller.wait(Duration::zero()).empty());
  EXPECT_TRUE(poller.wait(-1s).empty());
}

TEST_P(PollerTest, ReturnsAfterTheTimeout) { EXPECT_TRUE(poller.wait(1ns).empty()); }

TEST_P(PollerTest, AWakeupEndsOneWaitWithoutAnEvent) {
  poller.wake();
  poller.wake();
  EXPECT_TRUE(poller.wait(std::nullopt).empty());
  ASSERT_EQ(poller.set(ready_fd(), EPOLLIN, 1), 0);
  poller.wake();
  EXPECT_EQ(poller.wait(std::nullopt).size(), 1U);
}

TEST_P(PollerTest, ChangesAndRemovesFds) {
  const int fd = ready_fd();
  ASSERT_EQ(poller.set(fd, EPOLLIN, 1), 0);
  ASSERT_EQ(poller.set(fd, EPOLLPRI, 1), 0);
  EXPECT_TRUE(poller.wait(Duration::zero()).empty());
  ASSERT_EQ(poller.set(fd, EPOLLIN, 2), 0);
  EXPECT_EQ(poller.wait(Duration::zero()).size(), 1U);
  poller.remove(fd);
  EXPECT_TRUE(poller.wait(Duration::zero()).empty());
}

TEST_P(PollerTest, ReturnsTheErrorOfAnInvalidFd) { EXPECT_EQ(poller.set(-1, EPOLLIN, 1), EBADF); }

TEST_P(PollerTest, LimitsTheNumberOfEventsAndReportsWhetherMoreMayBePending) {
  add_ready_fds(Poller::kMaxEvents + 10);
  EXPECT_EQ(poller.wait(Duration::zero()).size(), Poller::kMaxEvents);
  EXPECT_FALSE(poller.is_drained());
  EXPECT_EQ(poller.wait(Duration::zero()).size(), 10U);
  EXPECT_TRUE(poller.is_drained());
}

TEST_P(PollerTest, TheMarkerComesAfterEarlierEvents) {
  add_ready_fds(2 * Poller::kMaxEvents);
  poller.mark();
  EXPECT_EQ(poller.wait(Duration::zero()).size(), Poller::kMaxEvents);
  EXPECT_TRUE(poller.is_marked());
  EXPECT_EQ(poller.wait(Duration::zero()).size(), Poller::kMaxEvents);
  EXPECT_TRUE(poller.is_marked());
  add_ready_fds(1);
  EXPECT_EQ(poller.wait(Duration::zero()).size(), 1U);
  EXPECT_FALSE(poller.is_marked());
}

TEST_P(PollerTest, TheMarkerIsNotAnEventAndCanBeQueuedAgain) {
  for (int i = 0; i < 3; ++i) {
    poller.mark();
    EXPECT_TRUE(poller.is_marked());
    EXPECT_TRUE(poller.wait(Duration::zero()).empty());
    EXPECT_FALSE(poller.is_marked());
  }
}

}  // namespace
}  // namespace cppworker::coro
