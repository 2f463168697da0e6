#include "user/life/side_coroutines.hpp"

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "text/log_text.hpp"
#include "user/deadline.hpp"
#include "user/life/user_run.hpp"
#include "user/user_error.hpp"

namespace cppworker::detail {

Background SideCoroutines::start(UserRun& run, coro::Scheduler& scheduler,
                                 std::unique_ptr<BackgroundFunction> function) {
  auto started = std::make_shared<BackgroundRun>(run, *this, std::move(function));
  background_.push_back(started);
  try {
    started->start(scheduler);
  } catch (const std::bad_alloc&) {
    background_.pop_back();
    throw Error(
        "spawn() has no memory for the stack of a function. Raise the memory limits (ulimit -v, "
        "vm.max_map_count), or use fewer users or fewer functions.");
  }
  return BackgroundRun::handle(std::move(started));
}

bool SideCoroutines::stop_background() {
  for (const std::shared_ptr<BackgroundRun>& run : background_) {
    run->request_stop();
  }
  DCHECK(parked_ <= background_.size());
  return parked_ != background_.size();
}

void SideCoroutines::stop_and_join_background(coro::Coroutine& self) noexcept {
  while (has_background()) {
    if (!stop_background()) {
      coro::this_coroutine::park();
    }
    joiner_ = &self;
    coro::this_coroutine::suspend_despite_stop();
    joiner_ = nullptr;
  }
}

void SideCoroutines::end_waits() {
  for (coro::Coroutine* const coroutine : in_wait_) {
    coroutine->request_stop();
  }
}

BackgroundRun::BackgroundRun(UserRun& run_, SideCoroutines& side,
                             std::unique_ptr<BackgroundFunction> function)
    : Strand{{&BackgroundRun::on_parked}, &run_}, side_(side), function_(std::move(function)) {}

void BackgroundRun::start(coro::Scheduler& scheduler) {
  DCHECK(scheduler.running() != nullptr);
  coroutine_ = &scheduler.spawn([this] { live(); }, scheduler.running()->label());
  coroutine_->set_owner(this);
  scheduler_ = &scheduler;
}

void BackgroundRun::request_stop() {
  if (coroutine_ != nullptr && !coroutine_->stop_requested()) {
    coroutine_->request_stop();
  }
}

void BackgroundRun::live() {
  try {
    run_function();
  } catch (const StopUser&) {
    if (!coroutine_->stop_requested()) {
      run->end_from_background();
    }
  } catch (const StopTest&) {
    run->end_from_background();
  } catch (...) {  // control flow from a listener of user_error
    const UserErrorText text =
        describe_current_exception(coroutine_->label().user_class, "spawn()");
    spdlog::error("{}\n{}", text::log_lines(text.msg, text::kMostExceptionText), text.traceback);
  }
  function_.reset();  // its captures may refer to the user
  end();
}

void BackgroundRun::run_function() {
  try {
    coro::this_coroutine::check_stop();  // if stopped before it started, no code runs
    function_->run();
  } catch (const StopUser&) {
    throw;
  } catch (const StopTest&) {
    throw;
  } catch (...) {
    run->report_exception_in(std::string(coroutine_->label().task) + ".spawn()");
  }
}

void BackgroundRun::end() {
  const std::shared_ptr<BackgroundRun> self = shared_from_this();
  std::erase(side_.background_, self);
  coroutine_ = nullptr;
  for (coro::Coroutine* const joiner : joiners_) {
    joiner->resume();
  }
  if (side_.joiner_ != nullptr) {
    side_.joiner_->resume();
  }
}

void BackgroundRun::on_parked(coro::Coroutine::Owner& run) {
  SideCoroutines& side = static_cast<BackgroundRun&>(run).side_;
  ++side.parked_;
  if (side.joiner_ != nullptr) {
    side.joiner_->resume();
  }
}

coro::Coroutine& BackgroundRun::caller(const char* function) const {
  coro::Coroutine& self = coro::this_coroutine::self(function);
  if (coro::Scheduler::current() != scheduler_) {
    throw std::logic_error(std::string(function) +
                           "() was called by a user of another thread. Call it in the user that "
                           "has started the function.");
  }
  return self;
}

/// The coroutine waits for the end, for the lifetime of this object.
class BackgroundRun::Joining {
 public:
  Joining(BackgroundRun& run, coro::Coroutine& self) : run_(run), self_(self) {
    run_.joiners_.push_back(&self);
  }
  ~Joining() { std::erase(run_.joiners_, &self_); }
  Joining(const Joining&) = delete;
  Joining& operator=(const Joining&) = delete;

 private:
  BackgroundRun& run_;
  coro::Coroutine& self_;
};

bool BackgroundRun::join(Seconds timeout) {
  coro::Coroutine& self = caller("Background::join");
  if (&self == coroutine_) {
    throw std::logic_error(
        "Background::join() was called in its own function, which would wait "
        "for its own end.");
  }
  const std::shared_ptr<BackgroundRun> kept = shared_from_this();  // its handle may be destroyed
  const coro::TimePoint deadline = deadline_after(timeout);
  const Joining joining(*this, self);
  if (!coro::this_coroutine::check_stop()) {
    return false;
  }
  while (!ended()) {
    if (clock_now() >= deadline || !coro::this_coroutine::suspend(deadline)) {
      return ended();
    }
  }
  return true;
}

void BackgroundRun::stop() {
  coro::Coroutine& self = caller("Background::stop");
  request_stop();
  if (&self == coroutine_) {
    coro::this_coroutine::check_stop();
  } else {
    join(forever);
  }
}

}  // namespace cppworker::detail
