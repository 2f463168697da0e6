#include "http2/keepalive.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::http2 {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Http2Keepalive : public testing::Test, public Keepalive::Owner {
 protected:
  void run(bool without_calls, const std::function<void()>& body) {
    scheduler_.spawn([&] {
      start_ = clock_.now();
      keepalive_.emplace(
          scheduler_, KeepaliveSettings{.time = 10s, .timeout = 3s, .without_calls = without_calls},
          *this);
      body();
      keepalive_.reset();
      scheduler_.stop();
    });
    scheduler_.run();
  }
  void sleep_until(coro::Duration time) { coro::this_coroutine::sleep_until(start_ + time); }

  std::optional<Keepalive> keepalive_;
  std::vector<coro::Duration> pings_;
  std::optional<coro::Duration> given_up_;
  bool has_streams_ = true;

 private:
  bool has_open_streams() const override { return has_streams_; }
  void send_ping() override { pings_.push_back(clock_.now() - start_); }
  void give_up() override {
    given_up_ = clock_.now() - start_;
    keepalive_.reset();
  }

  coro::VirtualClock clock_;
  coro::Scheduler scheduler_{clock_, {}};
  coro::TimePoint start_;
};

TEST_F(Http2Keepalive, SendsAPingWhenNothingArrives) {
  run(false, [this] {
    sleep_until(4s);
    keepalive_->note_bytes();
    sleep_until(15s);
    keepalive_->note_bytes();  // the answer
    sleep_until(26s);
  });
  EXPECT_THAT(pings_, ElementsAre(14s, 25s));
  EXPECT_EQ(given_up_, std::nullopt);
}

TEST_F(Http2Keepalive, GivesUpWithoutAnAnswer) {
  run(false, [this] { sleep_until(60s); });
  EXPECT_THAT(pings_, ElementsAre(10s));
  EXPECT_EQ(given_up_, 13s);
}

TEST_F(Http2Keepalive, RestsWithoutStreams) {
  has_streams_ = false;
  run(false, [this] {
    sleep_until(35s);
    EXPECT_THAT(pings_, IsEmpty());
    has_streams_ = true;
    keepalive_->note_stream();
    sleep_until(46s);
  });
  EXPECT_THAT(pings_, ElementsAre(45s));
}

TEST_F(Http2Keepalive, MaySendPingsWithoutStreams) {
  has_streams_ = false;
  run(true, [this] { sleep_until(11s); });
  EXPECT_THAT(pings_, ElementsAre(10s));
}

}  // namespace
}  // namespace cppworker::http2
