#include "coro/stack_pool.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace cppworker::coro {
namespace {

/// Whether the kernel supports MADV_GUARD_INSTALL.
bool has_madvise_guards() {
  StackPool pool{{.guard = StackGuard::kAuto}};
  static_cast<void>(pool.acquire());
  return pool.guard() == StackGuard::kMadvise;
}

void write_below(std::span<std::byte> stack, std::size_t distance) {
  volatile std::byte* below = stack.data() - distance;
  *below = std::byte{1};
}

class GuardedStackPoolDeathTest : public testing::TestWithParam<StackGuard> {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (GetParam() == StackGuard::kMadvise && !has_madvise_guards()) {
      GTEST_SKIP() << "this kernel has no MADV_GUARD_INSTALL";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(StackPool, GuardedStackPoolDeathTest,
                         testing::Values(StackGuard::kMadvise, StackGuard::kMprotect),
                         [](const auto& test) {
                           return test.param == StackGuard::kMadvise ? "Madvise" : "Mprotect";
                         });

TEST_P(GuardedStackPoolDeathTest, FaultsBelowAStack) {
  StackPool pool{{.guard = GetParam()}};
  const auto stack = pool.acquire();
  EXPECT_EQ(pool.guard(), GetParam());
  EXPECT_EQ(pool.unguarded(), 0U);
  std::fill(stack.begin(), stack.end(), std::byte{1});
  EXPECT_DEATH(write_below(stack, 1), "");
  EXPECT_DEATH(write_below(stack, StackPool::kGuardSize), "");
}

TEST_P(GuardedStackPoolDeathTest, KeepsTheGuardWhenAStackIsReleased) {
  StackPool pool{{.guard = GetParam()}};
  const auto stack = pool.acquire();
  pool.release(stack);
  EXPECT_EQ(pool.acquire().data(), stack.data());
  EXPECT_DEATH(write_below(stack, 1), "");
}

TEST(StackPool, HandsOutTheLastReleasedFirst) {
  StackPool pool{{}};
  const auto first = pool.acquire();
  const auto second = pool.acquire();
  EXPECT_NE(first.data(), second.data());
  pool.release(second);
  pool.release(first);
  EXPECT_EQ(pool.acquire().data(), first.data());
  EXPECT_EQ(pool.acquire().data(), second.data());
}

TEST(StackPool, RoundsTheSizeUpToPages) {
  StackPool pool{{.stack_size = 20'000}};
  EXPECT_EQ(pool.acquire().size(), 20'480U);
}

TEST(StackPool, ReturnsReleasedMemoryToTheKernel) {
  StackPool pool{{}};
  auto stack = pool.acquire();
  std::fill(stack.begin(), stack.end(), std::byte{1});
  pool.release(stack);
  stack = pool.acquire();
  EXPECT_TRUE(
      std::all_of(stack.begin(), stack.end(), [](std::byte b) { return b == std::byte{}; }));
}

TEST(StackPool, StacksDoNotOverlap) {
  StackPool pool{{}};
  std::vector<std::span<std::byte>> stacks;
  stacks.reserve(1'000);
  for (int i = 0; i < 1'000; ++i) {
    stacks.push_back(pool.acquire());
  }
  std::sort(stacks.begin(), stacks.end(),
            [](const auto& a, const auto& b) { return a.data() < b.data(); });
  for (std::size_t i = 1; i < stacks.size(); ++i) {
    EXPECT_GE(stacks[i].data(),
              stacks[i - 1].data() + stacks[i - 1].size() + StackPool::kGuardSize);
  }
}

TEST(StackPool, ContinuesWithoutGuardsBeyondTheMapLimitAndWarnsOnce) {
  std::ostringstream log;
  const auto previous = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  {
    StackPool pool{{.guard = StackGuard::kMprotect, .mprotect_guards_max = 100}};
    for (int i = 0; i < 1'000; ++i) {
      const auto stack = pool.acquire();
      stack.back() = std::byte{1};
    }
    EXPECT_EQ(pool.size() - pool.unguarded(), 100U);
    EXPECT_EQ(pool.guard(), StackGuard::kNone);
    StackPool other{{.guard = StackGuard::kMprotect, .mprotect_guards_max = 100}};
    static_cast<void>(other.acquire());
    EXPECT_EQ(other.unguarded(), other.size());  // the limit applies to the process
  }
  spdlog::set_default_logger(previous);
  const std::string text = log.str();
  const std::size_t first = text.find("No more guard pages");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("No more guard pages", first + 1), std::string::npos);
}

TEST(StackPool, CountsGuardsOfDestroyedPoolsNoMore) {
  for (int round = 0; round < 3; ++round) {
    StackPool pool{{.guard = StackGuard::kMprotect, .mprotect_guards_max = 64}};
    static_cast<void>(pool.acquire());
    EXPECT_EQ(pool.unguarded(), 0U);
  }
}

TEST(StackPool, Makes100000Stacks) {
  for (const StackGuard guard : {StackGuard::kAuto, StackGuard::kMprotect}) {
#if defined(__SANITIZE_THREAD__)
    StackPool pool{{.guard = guard, .mprotect_guards_max = 15'000}};  // TSan also needs mappings
#else
    StackPool pool{{.guard = guard}};
#endif
    std::vector<std::byte*> bottoms;
    bottoms.reserve(100'000);
    for (int i = 0; i < 100'000; ++i) {
      bottoms.push_back(pool.acquire().data());
    }
    std::sort(bottoms.begin(), bottoms.end());
    EXPECT_EQ(std::adjacent_find(bottoms.begin(), bottoms.end()), bottoms.end());
    *bottoms.back() = std::byte{1};
    if (pool.guard() == StackGuard::kMadvise) {
      EXPECT_EQ(pool.unguarded(), 0U);
    } else {
      EXPECT_GT(pool.size() - pool.unguarded(), 10'000U);
    }
  }
}

}  // namespace
}  // namespace cppworker::coro
