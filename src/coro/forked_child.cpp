#include "coro/forked_child.hpp"

#include <unistd.h>

#include "coro/scheduler_core.hpp"
#include "coro/signal_safe_line.hpp"

namespace cppworker::coro {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
constinit std::atomic<bool> detail::forked_child{false};

void become_forked_child() noexcept {
  detail::forked_child = true;
  if (SchedulerCore* const core = SchedulerCore::current()) core->leave_poller_to_parent();
}

void detail::end_forked_child() noexcept {
  SignalSafeLine line;
  line.add("A process that user code has forked ends here");
  const SchedulerCore* const core = SchedulerCore::current();
  if (core != nullptr && core->running() != nullptr) {
    line.add(" (in task ").add_name_of(core->running()->label()).add(")");
  }
  line.add(": only its parent goes on with the test. Call exec() or _exit() in it").write();
  ::_exit(1);
}

}  // namespace cppworker::coro
