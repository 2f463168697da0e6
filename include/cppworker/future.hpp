#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

namespace detail {

/// The state that a promise and its future share, without the value. Only code of this header holds
/// it by shared_ptr: --check-races instruments the header, but not the library, and so sees which
/// thread drops the last reference.
class CPPWORKER_EXPORT FutureState {
 public:
  FutureState();
  virtual ~FutureState();
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;

  /// True for the first caller, and only that one may store a result and call complete().
  [[nodiscard]] bool claim() { return !claimed_.exchange(true); }
  /// Any thread. The caller must keep the state alive: the waiter may release it before this
  /// returns.
  void complete();
  [[nodiscard]] bool done() const { return done_.load(); }

  /// Suspends the running coroutine until done. False after `timeout`, or if waiting is impossible.
  bool wait(Seconds timeout);
  /// Like wait(), without a timeout; a stop of the user does not end it.
  void wait_despite_stop();

  std::exception_ptr error;

 private:
  class Waiting;
  struct Waiter;
  std::atomic<bool> claimed_{false};
  std::atomic<bool> done_{false};
  std::mutex mutex_;  // guards waiter_
  std::shared_ptr<Waiter> waiter_;
};

template <class T>
class ValueState : public FutureState {
 public:
  std::optional<T> value;
  T take() { return std::move(*value); }
};

template <>
class ValueState<void> : public FutureState {
 public:
  void take() {}
};

}  // namespace detail

/// A result that arrives later. Promise::future() and start_blocking() return it. One coroutine at
/// a time may wait for it, on any shard.
template <class T>
class Future {
 public:
  /// True if the result has arrived. Does not suspend.
  [[nodiscard]] bool ready() const { return state_->done(); }
  /// Suspends the user until ready(). False after `timeout`, or if waiting is impossible because an
  /// exception is unwinding the stack of a stopped user. Throws StopUser if the user is stopped.
  [[nodiscard]] bool wait(Seconds timeout = forever) { return state_->wait(timeout); }
  /// Waits like wait(), then returns the value. Call it once. Throws:
  /// - the promise's exception,
  /// - std::runtime_error if all copies of the promise were destroyed without a result,
  /// - StopUser if the user is stopped,
  /// - UnwindingError if waiting is impossible.
  T get() {
    if (!state_->wait(forever)) {
      throw UnwindingError();
    }
    if (state_->error != nullptr) {
      std::rethrow_exception(state_->error);
    }
    return state_->take();
  }

 private:
  template <class U>
  friend class Promise;
  explicit Future(std::shared_ptr<detail::ValueState<T>> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::ValueState<T>> state_;
};

/// The other end of a Future. Any thread that has the result, for example a callback of a C
/// library, sets it once. Copies share one result. No call blocks or suspends.
template <class T>
class Promise {
 public:
  Promise() : giver_(std::make_shared<Giver>()) {}

  [[nodiscard]] Future<T> future() const { return Future<T>(giver_->state); }

  /// Throws std::logic_error if there is a result already.
  template <class... Value>
  void set_value(Value&&... value) const {
    const State state = claim();
    if constexpr (!std::is_void_v<T>) {
      state->value.emplace(std::forward<Value>(value)...);
    } else {
      static_assert(sizeof...(Value) == 0, "a Promise<void> has no value");
    }
    state->complete();
  }
  /// Makes Future::get() throw `error`. Throws std::logic_error if there is a result already.
  void set_exception(std::exception_ptr error) const {
    const State state = claim();
    state->error = std::move(error);
    state->complete();
  }

 private:
  using State = std::shared_ptr<detail::ValueState<T>>;

  struct Giver {
    State state = std::make_shared<detail::ValueState<T>>();
    Giver() = default;
    Giver(const Giver&) = delete;
    Giver& operator=(const Giver&) = delete;
    ~Giver() {
      if (state->claim()) {
        state->error = std::make_exception_ptr(
            std::runtime_error("the Promise was destroyed without a result"));
        state->complete();
      }
    }
  };
  /// A copy of the pointer: the waiter may destroy the promise as soon as it continues.
  [[nodiscard]] State claim() const {
    if (!giver_->state->claim()) {
      throw std::logic_error("the Promise already has a result");
    }
    return giver_->state;
  }
  std::shared_ptr<Giver> giver_;
};

}  // namespace cppworker
