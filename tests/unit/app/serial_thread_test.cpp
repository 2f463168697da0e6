#include "app/serial_thread.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

#include <gmock/gmock.h>

namespace cppworker::app {
namespace {

TEST(SerialThread, RunsEverythingInOrderBeforeItEnds) {
  std::vector<int> order;
  {
    SerialThread thread([&] { order.push_back(0); });
    for (int i = 1; i <= 100; ++i) thread.post([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 101U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(SerialThread, CountsWhatHasNotEnded) {
  std::promise<void> may_end;
  std::promise<void> began;
  std::promise<void> ended;
  SerialThread thread([] {});
  thread.post([&] {
    began.set_value();
    may_end.get_future().wait();
  });
  began.get_future().wait();
  thread.post([] {});
  EXPECT_EQ(thread.waiting(), 2U);
  EXPECT_FALSE(thread.wait(std::chrono::milliseconds(0)));
  thread.post([&] { ended.set_value(); });
  may_end.set_value();
  ended.get_future().wait();
  EXPECT_TRUE(thread.wait(std::chrono::hours(1)));
  EXPECT_EQ(thread.waiting(), 0U);
}

}  // namespace
}  // namespace cppworker::app
