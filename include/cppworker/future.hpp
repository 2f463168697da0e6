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

/// What a promise and its future share, but for the value. Only this header's code holds it by
/// shared_ptr: --check-races sees who drops it last, as it would not in the library.
class CPPWORKER_EXPORT FutureState {
 public:
  FutureState();
  virtual ~FutureState();
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;

  /// Only the first caller may store a result and complete().
  [[nodiscard]] bool claim() { return !claimed_.exchange(true); }
  /// On any thread. The caller holds the state: who waits may drop it before this returns.
  void complete();
  [[nodiscard]] bool done() const { return done_.load(); }

  /// Suspends the running coroutine until done; false: timeout, or waiting is impossible.
  bool wait(Seconds timeout);
  /// The same without a timeout; a stop of the user doesn't end it.
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

/// A result that arrives later, once; made by Promise::future(), start_blocking(). One coroutine at
/// a time waits for it, on any shard.
template <class T>
class Future {
 public:
  /// Has the result arrived? Never suspends.
  [[nodiscard]] bool ready() const { return state_->done(); }
  /// Suspends the user until ready(). False after `timeout`, or when waiting is impossible because
  /// an exception unwinds a stopped user. Throws StopUser.
  [[nodiscard]] bool wait(Seconds timeout = forever) { return state_->wait(timeout); }
  /// wait(), then the value; call it once. Throws the promise's exception, std::runtime_error when
  /// all promises went without a result, StopUser, or UnwindingError when it could not wait.
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

/// The other end of a Future: whoever has the result, on any thread (a callback of a C library,
/// say), gives it once. Copies are the same promise; it neither blocks nor suspends.
template <class T>
class Promise {
 public:
  Promise() : giver_(std::make_shared<Giver>()) {}

  [[nodiscard]] Future<T> future() const { return Future<T>(giver_->state); }

  /// Throws std::logic_error when there is a result already.
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
        state->error = std::make_exception_ptr(std::runtime_error("the promise was abandoned"));
        state->complete();
      }
    }
  };
  /// A copy: the promise itself may be gone as soon as who waits goes on.
  [[nodiscard]] State claim() const {
    if (!giver_->state->claim()) {
      throw std::logic_error("the promise has its result already");
    }
    return giver_->state;
  }
  std::shared_ptr<Giver> giver_;
};

}  // namespace cppworker
