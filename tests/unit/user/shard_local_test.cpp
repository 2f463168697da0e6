#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <cppworker/shard_local.hpp>

#include "coro/scheduler.hpp"
#include "user/shard.hpp"

namespace cppworker {
namespace {

class NoControl : public detail::ControlLink {
 public:
  void send_message(std::string, Value) override {}
  void user_error(std::string, std::string) override {}
};

template <class Body>
void with_shard(Body body) {
  NoControl control;
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {});
  const detail::Shard shard(0, 1, scheduler, control, 100);
  body();
}

TEST(ShardLocal, EachShardHasItsOwn) {
  const ShardLocal<int> number([] { return std::make_unique<int>(5); });
  const ShardLocal<std::string> text;
  with_shard([&] {
    ++*number;
    text->append("here");
    std::thread([&] {
      with_shard([&] {
        EXPECT_EQ(*number, 5);
        EXPECT_EQ(*text, "");
      });
    }).join();
    EXPECT_EQ(*number, 6);
    EXPECT_EQ(*text, "here");
  });
  with_shard([&] { EXPECT_EQ(*number, 5); });
}

TEST(ShardLocal, ItsValuesEndWithTheShard) {
  auto value = std::make_shared<int>(1);
  const ShardLocal<std::shared_ptr<int>> kept;
  with_shard([&] {
    *kept = value;
    EXPECT_EQ(value.use_count(), 2);
  });
  EXPECT_EQ(value.use_count(), 1);
}

TEST(ShardLocal, OtherThreadsCannotUseIt) {
  const ShardLocal<int> number;
  EXPECT_THROW(static_cast<void>(*number), std::logic_error);
}

}  // namespace
}  // namespace cppworker
