#include "coro/timers.hpp"

#include "coro/scheduler.hpp"
#include "coro/scheduler_core.hpp"
#include "coro/timer_table.hpp"

namespace cppworker::coro {

Timer::Timer(Scheduler& scheduler, Fire fire, void* context)
    : Timer{scheduler.core_->timers(), fire, context} {}

Timer::Timer(TimerTable& table, Fire fire, void* context)
    : table_{table}, fire_{fire}, context_{context}, id_{table.add(*this)} {}

Timer::~Timer() {
  table_.cancel(*this);
  table_.remove(*this);
}

void Timer::arm(TimePoint deadline) { table_.arm(*this, deadline); }

void Timer::cancel() { table_.cancel(*this); }

}  // namespace cppworker::coro
