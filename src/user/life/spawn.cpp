#include <stdexcept>
#include <utility>

#include <cppworker/spawn.hpp>

#include "coro/scheduler.hpp"
#include "user/life/side_coroutines.hpp"
#include "user/life/user_run.hpp"
#include "user/strand.hpp"

namespace cppworker {

namespace detail {

Background spawn_background(std::unique_ptr<BackgroundFunction> function) {
  const coro::Coroutine& self = coro::this_coroutine::self("spawn");
  if (!coro::this_coroutine::check_stop()) {
    throw UnwindingError();
  }
  const Strand* const strand = Strand::of(self);
  if (strand == nullptr || strand->run == nullptr) {
    throw std::logic_error(
        "spawn() was called by a listener that runs without a user, for example of test_start. No "
        "user would stop the function. Use gather(), which waits until its functions have ended.");
  }
  return strand->run->spawn_background(std::move(function));
}

}  // namespace detail

bool Background::join(Seconds timeout) { return run_->join(timeout); }

void Background::stop() { run_->stop(); }

bool Background::ended() const { return run_->ended(); }

}  // namespace cppworker
