#include "user/life/stop_queue.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/check.hpp"

namespace cppworker::detail {

namespace {

/// How many users a turn of the loop looks at to stop them.
constexpr std::size_t kMaxStopsPerTurn = 1000;

/// UserRun::stop_batch() of users that were killed because their stop_timeout had passed.
constexpr std::uint32_t kKilledBatch = std::numeric_limits<std::uint32_t>::max();

}  // namespace

StopQueue::StopQueue(coro::Scheduler& scheduler, std::deque<UserClassState>& classes)
    : classes_(classes),
      scheduler_(scheduler),
      kill_timer_(scheduler, &StopQueue::on_kill_timer, this) {}

void StopQueue::begin_batch(coro::Duration stop_timeout) {
  ++batch_;
  CHECK(batch_ != kKilledBatch);
  force_ = stop_timeout <= coro::Duration::zero();
  if (force_) {
    return;
  }
  const Batch batch{.kill_at = scheduler_.clock().now() + stop_timeout, .number = batch_};
  const auto later = std::ranges::upper_bound(timed_, batch.kill_at, {}, &Batch::kill_at);
  timed_.insert(later, batch);
  kill_timer_.arm(timed_.front().kill_at);
}

void StopQueue::stop_surplus(UserClassState& state, std::int64_t count) {
  DCHECK(count > 0);
  DCHECK(count <= static_cast<std::int64_t>(state.users.size()) - state.stopping - state.to_stop);
  state.to_stop += count;
  add(state, Scope::kSurplus, count);
}

void StopQueue::stop_everybody(UserClassState& state) {
  add(state, Scope::kEverybody, static_cast<std::int64_t>(state.users.size()));
}

void StopQueue::add(UserClassState& state, Scope scope, std::int64_t count) {
  DCHECK(batch_ != 0);
  orders_.push_back({.state = &state,
                     .scope = scope,
                     .force = force_,
                     .batch = batch_,
                     .unseen = state.users.size(),
                     .left = count});
}

void StopQueue::advance() {
  std::size_t budget = kMaxStopsPerTurn;
  while (!orders_.empty() && budget != 0) {
    if (!carry_out(orders_.front(), budget)) {
      return;
    }
    finish(orders_.front());
    orders_.pop_front();
  }
}

/// When a user ends, the last one of its class takes its position. So a user may be looked at
/// twice, but none is left out.
bool StopQueue::carry_out(Order& order, std::size_t& budget) {
  const std::vector<std::unique_ptr<UserRun>>& users = order.state->users;
  order.unseen = std::min(order.unseen, users.size());
  for (; order.unseen != 0 && order.left != 0 && budget != 0; --budget) {
    UserRun& run = *users[--order.unseen];
    if (!is_in_scope(run, order)) {
      continue;
    }
    if (!run.stopping()) {
      ++order.state->stopping;
    }
    if (order.scope == Scope::kSurplus) {
      DCHECK(order.state->to_stop > 0);
      --order.state->to_stop;
    }
    --order.left;
    ++order.asked;
    const std::uint32_t batch = order.scope == Scope::kOverdue ? kKilledBatch : order.batch;
    order.force ? run.kill(batch) : run.stop(batch);
    DCHECK(order.unseen <= users.size());  // the call removes this user at most
  }
  return order.unseen == 0 || order.left == 0;
}

void StopQueue::finish(const Order& order) {
  if (order.scope == Scope::kSurplus) {
    order.state->to_stop -= order.left;  // users that have ended by themselves meanwhile
    DCHECK(order.state->to_stop >= 0);
  } else if (order.scope == Scope::kOverdue && order.asked != 0) {
    spdlog::info(
        "{} users of {} did not finish their tasks within the stop timeout. Stopping them...",
        order.asked, order.state->user_class->name);
  }
}

bool StopQueue::is_in_scope(const UserRun& run, const Order& order) {
  switch (order.scope) {
    case Scope::kSurplus:
      return !run.stopping();
    case Scope::kEverybody:
      return run.stop_batch() != order.batch;
    case Scope::kOverdue:
      return run.stop_batch() == order.batch;
  }
  return false;
}

void StopQueue::on_kill_timer(void* self) { static_cast<StopQueue*>(self)->kill_overdue(); }

void StopQueue::kill_overdue() {
  const coro::TimePoint now = scheduler_.clock().now();
  DCHECK(!timed_.empty());
  DCHECK(timed_.front().kill_at <= now);
  for (; !timed_.empty() && timed_.front().kill_at <= now; timed_.pop_front()) {
    for (UserClassState& state : classes_) {
      orders_.push_back({.state = &state,
                         .scope = Scope::kOverdue,
                         .force = true,
                         .batch = timed_.front().number,
                         .unseen = state.users.size(),
                         .left = state.stopping + state.to_stop});
    }
  }
  if (!timed_.empty()) {
    kill_timer_.arm(timed_.front().kill_at);
  }
}

}  // namespace cppworker::detail
