#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <cppworker/detail/export.hpp>

namespace cppworker {

namespace detail {

/// A function of gather() whose type is erased.
struct GatherCall {
  void (*call)(void* slot);
  void* slot;
};
/// Runs the calls as coroutines and returns when all have ended. Throws as gather() does.
CPPWORKER_EXPORT void run_gathered(std::span<const GatherCall> calls);

/// A function of gather() and its result.
template <class Function>
struct GatherSlot {
  using Returned = std::invoke_result_t<Function&>;
  using Result =
      std::conditional_t<std::is_void_v<Returned>, std::monostate, std::remove_cvref_t<Returned>>;

  Function& function;
  std::optional<Result> result{};

  [[nodiscard]] GatherCall erased() { return {&GatherSlot::call, this}; }
  [[nodiscard]] Result take() { return std::move(*result); }

 private:
  static void call(void* self) {
    auto& slot = *static_cast<GatherSlot*>(self);
    if constexpr (std::is_void_v<Returned>) {
      slot.function();
      slot.result.emplace();
    } else {
      slot.result.emplace(slot.function());
    }
  }
};

template <class... Functions>
auto gather_each(Functions&... functions) {
  std::tuple<GatherSlot<Functions>...> slots{GatherSlot<Functions>{functions}...};
  return std::apply(
      [](auto&... slot) {
        const std::array<GatherCall, sizeof...(slot)> calls{slot.erased()...};
        run_gathered(calls);
        return std::tuple<typename GatherSlot<Functions>::Result...>{slot.take()...};
      },
      slots);
}

template <class Range>
auto gather_range(Range& functions) {
  using Slot = GatherSlot<std::remove_reference_t<decltype(*std::begin(functions))>>;
  std::vector<Slot> slots;
  for (auto& function : functions) {
    slots.push_back({function});
  }
  std::vector<GatherCall> calls;
  calls.reserve(slots.size());
  for (Slot& slot : slots) {
    calls.push_back(slot.erased());
  }
  run_gathered(calls);
  std::vector<typename Slot::Result> results;
  results.reserve(slots.size());
  for (Slot& slot : slots) {
    results.push_back(slot.take());
  }
  return results;
}

/// Whether the arguments are one range.
template <class... Arguments>
inline constexpr bool kIsRange = false;
template <class Argument>
inline constexpr bool kIsRange<Argument> = requires(std::remove_reference_t<Argument>& range) {
  std::begin(range) != std::end(range);
};

}  // namespace detail

/// Runs all functions at the same time, each as a coroutine of the calling user, and waits until
/// all have ended: Python's `gevent.joinall([gevent.spawn(f), gevent.spawn(g)])`, or asyncio's
/// `gather(f(), g())`. The functions share the caller's thread, so they need no locks. They start
/// in the order of the arguments; another one runs whenever one waits.
///
///     auto [cart, offers] = gather([&] { return client().get("/cart"); },
///                                  [&] { return client().get("/offers"); });
///
/// The functions may use the caller's variables by reference, because this call never ends before
/// they have ended, not even by an exception.
///
/// Returns the results as a tuple; the result of a void function is std::monostate. Throws, when
/// all functions have ended:
/// - StopUser, if the user was stopped meanwhile: then each function gets StopUser in the call in
///   which it waits, as a task does,
/// - otherwise the exception of the first function, in the order of the arguments, that has thrown.
///   This includes RescheduleTask and the like. The other exceptions are dropped.
/// - A function that could not start, because there is no memory for its stack, counts as one that
///   has thrown Error.
///
/// Throws UnwindingError, without a call of the functions, if an exception is unwinding the stack
/// of a stopped user. Throws std::logic_error outside of a user or listener.
///
/// With one argument that is a range of functions, such as a std::vector, it returns a std::vector
/// of their results. Each function needs a stack while it runs (see --stack-size), of which 4 KiB
/// or more are used.
template <class... Functions>
auto gather(Functions&&... functions) {
  if constexpr (detail::kIsRange<Functions...>) {
    return detail::gather_range(functions...);
  } else {
    constexpr bool kAreFunctions = (std::invocable<std::remove_reference_t<Functions>&> && ...);
    static_assert(
        kAreFunctions,
        "gather() takes functions without parameters: gather([&] { return "
        "client().get(\"/a\"); }, ...). It can't run a call such as client().get(\"/a\"), "
        "which has ended before gather() begins");
    if constexpr (kAreFunctions) {
      return detail::gather_each(functions...);
    }
  }
}

}  // namespace cppworker
