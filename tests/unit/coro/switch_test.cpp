#include "coro/switch.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coro/stack_pool.hpp"

namespace cppworker::coro {
namespace {

/// A context with a function, for switching to it and back.
class Fiber {
 public:
  Fiber(StackPool& pool, Context& loop, std::function<void(Fiber&)> function)
      : loop_{loop}, function_{std::move(function)} {
    context_.create(
        pool.acquire(), [](void* self) { static_cast<Fiber*>(self)->main(); }, this, loop);
  }
  ~Fiber() { context_.drop(); }

  void resume() { switch_context(loop_, context_); }
  void suspend() { switch_context(context_, loop_); }
  [[nodiscard]] bool done() const { return done_; }

 private:
  [[noreturn]] void main() {
    function_(*this);
    done_ = true;
    for (;;) {
      suspend();
    }
  }

  Context& loop_;
  std::function<void(Fiber&)> function_;
  Context context_;
  bool done_ = false;
};

class SwitchTest : public testing::Test {
 protected:
  StackPool pool{{.stack_size = 256 * kKiB}};
  Context loop;
};

TEST_F(SwitchTest, ContinuesWhereItWasLeft) {
  std::string order;
  Fiber fiber{pool, loop, [&](Fiber& self) {
                order += 'b';
                self.suspend();
                order += 'd';
              }};
  order += 'a';
  fiber.resume();
  order += 'c';
  fiber.resume();
  EXPECT_EQ(order, "abcd");
  EXPECT_TRUE(fiber.done());
}

TEST_F(SwitchTest, RethrowsTheExceptionOfTheRightStack) {
  constexpr std::size_t kFibers = 9;
  std::array<std::string, kFibers> caught;
  std::vector<std::unique_ptr<Fiber>> fibers;
  for (std::size_t i = 0; i < kFibers; ++i) {
    fibers.push_back(std::make_unique<Fiber>(pool, loop, [&caught, i](Fiber& self) {
      try {
        try {
          throw std::runtime_error{std::to_string(i)};
        } catch (...) {
          self.suspend();  // the others catch their exceptions during this
          throw;
        }
      } catch (const std::runtime_error& error) {
        caught[i] = error.what();
      }
    }));
  }
  for (auto& fiber : fibers) {
    fiber->resume();
  }
  for (auto& fiber : fibers) {  // first in, first out: the runtime's own list is last in, first out
    fiber->resume();
  }
  for (std::size_t i = 0; i < kFibers; ++i) {
    EXPECT_EQ(caught[i], std::to_string(i));
  }
}

TEST_F(SwitchTest, CountsUncaughtExceptionsPerStack) {
  struct SuspendsWhenDestroyed {
    Fiber& fiber;
    int& uncaught;
    ~SuspendsWhenDestroyed() {
      fiber.suspend();
      uncaught = std::uncaught_exceptions();
    }
  };
  int inside = -1;
  Fiber fiber{pool, loop, [&](Fiber& self) {
                try {
                  const SuspendsWhenDestroyed guard{self, inside};
                  throw 1;
                } catch (int) {
                }
              }};
  fiber.resume();
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  fiber.resume();
  EXPECT_EQ(inside, 1);
  EXPECT_TRUE(fiber.done());
}

TEST_F(SwitchTest, DropsASuspendedStackWithoutUnwindingIt) {
  bool unwound = false;
  struct Sets {
    bool& flag;
    ~Sets() { flag = true; }
  };
  {
    Fiber fiber{pool, loop, [&](Fiber& self) {
                  const Sets sets{unwound};
                  try {
                    self.suspend();
                  } catch (...) {  // would catch Boost's forced_unwind
                    unwound = true;
                  }
                }};
    fiber.resume();
  }
  EXPECT_FALSE(unwound);
}

}  // namespace
}  // namespace cppworker::coro
