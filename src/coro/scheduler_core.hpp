#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "coro/clock.hpp"
#include "coro/coroutine_pool.hpp"
#include "coro/event_age.hpp"
#include "coro/fd_table.hpp"
#include "coro/mailbox.hpp"
#include "coro/poller.hpp"
#include "coro/ready_queue.hpp"
#include "coro/scheduler.hpp"
#include "coro/switch.hpp"
#include "coro/timer_table.hpp"

namespace cppworker::coro {

/// The implementation of Scheduler. One turn of the loop, in this order: handlers of file
/// descriptors, posted functions, due timers, ready coroutines, turn hooks. Then it fetches events,
/// and waits for them if there is nothing else to do.
class SchedulerCore {
 public:
  SchedulerCore(Scheduler& scheduler, Clock& clock, Scheduler::Options options);
  ~SchedulerCore() = default;
  SchedulerCore(const SchedulerCore&) = delete;
  SchedulerCore& operator=(const SchedulerCore&) = delete;

  /// The scheduler that runs on this thread; nullptr outside of run().
  static SchedulerCore* current();

  void run(bool until_idle);
  void stop();
  void post(std::function<void()> function);
  [[nodiscard]] bool has_messages() const;
  Coroutine& spawn(Coroutine::Body body, Label label);
  void add_turn_hook(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }
  void request_turn() { turn_requested_ = true; }
  void report_if_slow(Label label, Duration held) const {
    if (held > options_.slow && options_.on_slow) {
      options_.on_slow(label, held);
    }
  }
  Lag take_lag() { return lag_.take(); }
  /// For a forked process.
  void leave_poller_to_parent() noexcept { poller_.leave_to_parent(); }

  /// For coroutines: runs the function on the loop's stack and passes on its exceptions.
  void run_on_loop_stack(StackedCoroutine& caller, const std::function<void()>& function);
  void add_ready(StackedCoroutine& coroutine) {
    coroutine.ready_since_ = now_;
    ready_.push(coroutine);
  }

  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] StackedCoroutine* running() const { return running_; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] Context& loop_context() { return loop_; }
  [[nodiscard]] TimerTable& timers() { return timers_; }
  [[nodiscard]] FdTable& fds() { return fds_; }
  [[nodiscard]] const CoroutinePool& coroutines() const { return coroutines_; }
  [[nodiscard]] std::size_t parked() const { return parked_; }

 private:
  class OnThisThread;

  void turn() noexcept;
  void run_ready();
  void switch_to(StackedCoroutine& coroutine);
  void resume(StackedCoroutine& coroutine);
  void call_on_loop_stack(StackedCoroutine& caller);
  /// Fetches events, and waits for them if there is nothing else to do. Returns false if the loop
  /// should end because nothing will ever be ready.
  bool wait_for_work(bool until_idle);
  void sleep_until(TimePoint next);
  void slept_until(TimePoint time);
  void poll() { fetch(Duration::zero()); }
  /// Fetches the events from the kernel.
  void fetch(std::optional<Duration> timeout);

  Scheduler& scheduler_;
  Clock& clock_;
  const Scheduler::Options options_;
  const bool clock_skips_;
  TimePoint now_;
  LagMeter lag_;
  std::atomic<bool> stop_{false};

  Poller poller_;
  EventAge event_age_;
  Duration oldest_event_{0};  // the maximum age of this turn's events
  std::span<const epoll_event> events_;
  // Bodies, messages and hooks may own timers and watches, so they are destroyed before the tables.
  FdTable fds_{poller_};
  TimerTable timers_;
  Context loop_;
  ReadyQueue ready_;
  CoroutinePool coroutines_;
  Mailbox mailbox_;
  StackedCoroutine* running_ = nullptr;
  const std::function<void()>* loop_call_ = nullptr;
  std::exception_ptr loop_call_error_;
  std::size_t parked_ = 0;
  bool turn_requested_ = false;  // by the current turn
  std::vector<std::function<void()>> hooks_;
};

}  // namespace cppworker::coro
