#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <cppworker/spawn.hpp>
#include <cppworker/wait_time.hpp>

#include "coro/scheduler.hpp"
#include "user/strand.hpp"

namespace cppworker::detail {

class UserRun;

/// The coroutines of one user besides the one that runs its tasks, as far as the user has to know
/// them: all of spawn(), and those of spawn() and gather() that are in wait(). Most users have
/// none. Belongs to the shard's thread.
class SideCoroutines {
 public:
  SideCoroutines() = default;
  SideCoroutines(const SideCoroutines&) = delete;
  SideCoroutines& operator=(const SideCoroutines&) = delete;

  /// Starts a function of spawn(). Throws Error if there is no memory for the stack.
  [[nodiscard]] Background start(UserRun& run, coro::Scheduler& scheduler,
                                 std::unique_ptr<BackgroundFunction> function);
  [[nodiscard]] bool has_background() const { return !background_.empty(); }
  /// Requests the stop of all functions of spawn(). False: none is left that could end.
  bool stop_background();
  /// Stops them and suspends until they have ended, even if `self` is stopped meanwhile. If one of
  /// them was parked, so is `self`. @param self the user's own coroutine, which is running
  void stop_and_join_background(coro::Coroutine& self) noexcept;

  /// A side coroutine is in wait(), for the lifetime of this object.
  class InWait {
   public:
    InWait(SideCoroutines& side, coro::Coroutine& self) : side_(side), self_(self) {
      side_.in_wait_.push_back(&self);
    }
    ~InWait() { std::erase(side_.in_wait_, &self_); }
    InWait(const InWait&) = delete;
    InWait& operator=(const InWait&) = delete;

   private:
    SideCoroutines& side_;
    coro::Coroutine& self_;
  };
  /// Stops the coroutines that are in wait().
  void end_waits();

 private:
  friend class BackgroundRun;

  std::vector<std::shared_ptr<BackgroundRun>> background_;  // those that have not ended
  std::size_t parked_ = 0;                                  // of background_
  coro::Coroutine* joiner_ = nullptr;                       // see stop_and_join_background()
  std::vector<coro::Coroutine*> in_wait_;
};

/// A function of spawn(). The user owns it until it has ended; a Background shares it.
class BackgroundRun final : private Strand, public std::enable_shared_from_this<BackgroundRun> {
 public:
  BackgroundRun(UserRun& run, SideCoroutines& side, std::unique_ptr<BackgroundFunction> function);
  BackgroundRun(const BackgroundRun&) = delete;
  BackgroundRun& operator=(const BackgroundRun&) = delete;

  static Background handle(std::shared_ptr<BackgroundRun> run) {
    return Background(std::move(run));
  }
  /// Throws std::bad_alloc.
  void start(coro::Scheduler& scheduler);
  /// Does not suspend.
  void request_stop();
  [[nodiscard]] bool ended() const { return coroutine_ == nullptr; }

  // The functions of Background.
  bool join(Seconds timeout);
  void stop();

 private:
  class Joining;
  void live();
  void run_function();
  void end();
  static void on_parked(coro::Coroutine::Owner& run);
  /// The running coroutine. Throws std::logic_error if that isn't one of the same shard.
  coro::Coroutine& caller(const char* function) const;

  SideCoroutines& side_;  // of the user; not to be used after end()
  coro::Scheduler* scheduler_ = nullptr;
  std::unique_ptr<BackgroundFunction> function_;
  coro::Coroutine* coroutine_ = nullptr;  // null: it has ended
  std::vector<coro::Coroutine*> joiners_;
};

}  // namespace cppworker::detail
