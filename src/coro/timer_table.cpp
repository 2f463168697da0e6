#include "coro/timer_table.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "coro/warmup.hpp"

namespace cppworker::coro {

std::uint32_t TimerTable::add(Timer& timer) {
  if (free_ids_.empty()) {
    const auto id = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({&timer, 0, false});
    free_ids_.reserve(slots_.capacity());  // so that remove() cannot throw
    return id;
  }
  const std::uint32_t id = free_ids_.back();
  free_ids_.pop_back();
  slots_[id].timer = &timer;
  return id;
}

void TimerTable::remove(Timer& timer) {
  DCHECK(!timer.armed());
  DCHECK(slots_[timer.id_].timer == &timer);
  slots_[timer.id_].timer = nullptr;
  free_ids_.push_back(timer.id_);
}

TimerTable::Tick TimerTable::tick_at_or_after(TimePoint time) const {
  if (time <= origin_) {
    return 0;
  }
  return static_cast<Tick>((time - origin_ - Duration{1}) / kTick) + 1;
}

void TimerTable::arm(Timer& timer, TimePoint deadline) {
  cancel(timer);
  if (deadline == TimePoint::max()) {
    timer.due_ = kNever;
    return;
  }
  timer.due_ = tick_at_or_after(deadline);
  ++armed_;
  enter(slots_[timer.id_], timer.id_, timer.due_);
}

void TimerTable::cancel(Timer& timer) {
  if (timer.due_ < kNever) {
    --armed_;
  }
  timer.due_ = Timer::kUnarmed;
}

void TimerTable::enter(Slot& slot, std::uint32_t id, Tick due) {
  const Tick tick = std::clamp(due, wheel_.now(), wheel_.now() + TimerWheel::kHorizon);
  const auto low = static_cast<std::uint32_t>(tick);
  if (slot.has_entry) {
    if (static_cast<std::int32_t>(slot.entry_tick - low) <= 0) {
      return;  // the entry is due early enough and is moved then
    }
  } else {
    slot.has_entry = true;
    ++entries_that_count_;
  }
  slot.entry_tick = low;
  wheel_.put(tick, id);
}

void TimerTable::advance(TimePoint now) {
  if (now <= origin_) {
    return;
  }
  sweep_if_mostly_stale();
  wheel_.advance(std::max(wheel_.now(), static_cast<Tick>((now - origin_) / kTick)));
}

void TimerTable::fire_due(std::size_t limit) {
  std::size_t left = std::min(limit, wheel_.due_size());
  while (left > 0) {
    // With a million timers every lookup is a cache miss.
    auto batch = wheel_.due();
    batch = batch.first(std::min(left, batch.size()));
    warm_up_timers(batch,
                   [this](TimerWheel::Entry entry) -> const Slot& { return slots_[entry.id]; });
    for (const TimerWheel::Entry entry : batch) {
      fire(entry);
    }
    wheel_.consume(batch.size());
    left -= batch.size();
  }
}

void TimerTable::fire(TimerWheel::Entry entry) {
  Slot& slot = slots_[entry.id];
  if (!slot.has_entry || slot.entry_tick != entry.tick) {
    return;  // the timer was armed for an earlier time after this
  }
  slot.has_entry = false;
  --entries_that_count_;
  Timer* timer = slot.timer;
  if (timer == nullptr || timer->due_ >= kNever) {
    return;
  }
  if (timer->due_ > wheel_.now()) {
    enter(slot, entry.id, timer->due_);
    return;
  }
  cancel(*timer);
  timer->fire_(timer->context_);
}

TimePoint TimerTable::next() const {
  if (armed_ == 0) {
    return TimePoint::max();
  }
  const Tick tick = any_due() ? wheel_.now() : wheel_.next();
  return origin_ + static_cast<std::int64_t>(tick) * kTick;
}

void TimerTable::sweep_if_mostly_stale() {
  constexpr std::size_t kAlwaysAllowed = 65'536;
  const std::size_t stale = wheel_.size() - entries_that_count_;
  if (stale > entries_that_count_ + kAlwaysAllowed) {
    wheel_.sweep([this](TimerWheel::Entry entry) {
      const Slot& slot = slots_[entry.id];
      return slot.has_entry && slot.entry_tick == entry.tick;
    });
  }
}

}  // namespace cppworker::coro
