#include "user/life/population.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "user/shard.hpp"

namespace cppworker::detail {

namespace {

/// How many users may run their on_stop at the same time on stacks taken for it: stopping a million
/// waiting users must not need a million stacks.
constexpr std::size_t kMaxLeaving = 1000;

/// How many users a turn of the loop starts: each takes a stack, most give it back in the next turn
/// already, and whatever else the shard has to do comes in between. Fewer than a turn has events
/// (Poller::kEventsMax): connecting takes some of those, and what a thousand half-open TLS
/// connections need at the same time is never given back by malloc.
constexpr std::size_t kStartsPerTurn = 8;

/// How many users a turn of the loop looks at to stop them, and destroys when they have ended.
constexpr std::size_t kStopsPerTurn = 1000;
constexpr std::size_t kDeletionsPerTurn = 2000;

/// How often missing memory for stacks is reported.
constexpr std::chrono::seconds kStackReportInterval{10};

/// UserRun::stop_batch of users that were killed because their stop_timeout was over.
constexpr std::uint32_t kKilled = std::numeric_limits<std::uint32_t>::max();

std::string text_of(const Value* value) {
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string() : *text;
}

/// What a change of a class says beyond what the library itself uses.
void set_attributes(UserClassState& state, const Value& change) {
  static constexpr std::array<std::string_view, 5> kLocusts = {"user_class_name", "host", "tasks",
                                                               "weight", "fixed_count"};
  for (const auto& attribute : *change.as_map()) {
    const std::string name = text_of(&attribute.first);
    if (name.empty() || std::find(kLocusts.begin(), kLocusts.end(), name) != kLocusts.end()) {
      continue;
    }
    std::erase_if(state.attributes, [&](const auto& old) { return old.first == attribute.first; });
    state.attributes.push_back(attribute);
  }
}

/// As in Locust, an HttpUser can't be created without a host.
constexpr std::string_view kNoHost =
    "You must specify the base host. Either in the host attribute in the User class, or on the "
    "command "
    "line using the --host option.";

}  // namespace

Population::Population(Environment& environment, std::span<const UserClass* const> user_classes,
                       std::function<void()> changed)
    : environment_(environment),
      tasks_(user_classes, environment.shard().index == 0),
      changed_(std::move(changed)),
      kill_timer_(environment.shard().scheduler, &Population::on_kill_timer, this) {
  for (const UserClass* user_class : user_classes) {
    classes_.push_back({.user_class = user_class,
                        .host = user_class->host,
                        .choices = &tasks_.of(*user_class),
                        .users = {}});
  }
  shard().scheduler.add_turn_hook([this] { end_of_turn(); });
}

Population::~Population() {
  // Suspended users too: their stacks are never resumed, so nothing on them looks back.
  for (UserClassState& state : classes_) {
    given_up_.insert(given_up_.end(), state.users.begin(), state.users.end());
  }
  given_up_.insert(given_up_.end(), ended_.begin(), ended_.end());
  for (UserRun* run : given_up_) {
    delete run;
  }
}

void Population::set_targets(const Counts& targets, coro::Duration stop_timeout,
                             std::function<void()> reached) {
  settled_ = std::move(reached);
  begin_batch(stop_timeout);
  for (UserClassState& state : classes_) {
    const auto target = targets.find(std::string(state.user_class->name));
    if (target == targets.end()) {
      continue;
    }
    const std::int64_t staying = state.alive() - state.stopping - state.to_stop;
    if (staying < target->second) {
      if (has_host(state)) state.to_start += target->second - staying;
    } else {
      stop_users(state, staying - target->second, stop_timeout);
    }
  }
  start_some_users();
  stop_some_users();
  settle();  // at once, with users that have not begun, as the stock worker counts them
}

void Population::stop_all(coro::Duration stop_timeout, std::function<void()> stopped) {
  settled_ = std::move(stopped);
  begin_batch(stop_timeout);
  for (UserClassState& state : classes_) {
    state.lacks_host = false;
    stop_everybody(state, stop_timeout);
  }
  stop_some_users();
}

/// Whether its users can be created. The answer no is reported, once until there is a host.
bool Population::has_host(UserClassState& state) {
  if (state.user_class->base == "User" || !host_of(state).empty()) {
    state.lacks_host = false;
    return true;
  }
  if (!std::exchange(state.lacks_host, true)) {
    spdlog::error("{} No user of {} is started.", kNoHost, state.user_class->name);
    shard().control.user_error(std::string(kNoHost),
                               fmt::format("  in {}.constructor\n", state.user_class->name));
  }
  return false;
}

void Population::start_some_users() {
  std::size_t left = kStartsPerTurn;
  for (UserClassState& state : classes_) {
    for (; left != 0 && state.to_start != 0; --left, --state.to_start) {
      auto* run = new UserRun(*this, state);
      run->position = static_cast<std::uint32_t>(state.users.size());
      state.users.push_back(run);
      run->start();
    }
  }
}

void Population::begin_batch(coro::Duration stop_timeout) {
  ++batch_;
  if (stop_timeout > coro::Duration::zero()) {
    batches_.push_back({shard().scheduler.clock().now() + stop_timeout, batch_});
    std::stable_sort(batches_.begin(), batches_.end(),
                     [](const Batch& a, const Batch& b) { return a.kill_at < b.kill_at; });
    kill_timer_.arm(batches_.front().kill_at);
  }
}

void Population::stop_users(UserClassState& state, std::int64_t count,
                            coro::Duration stop_timeout) {
  // Those that have not begun just don't.
  const std::int64_t not_begun = std::min(count, state.to_start);
  state.to_start -= not_begun;
  count -= not_begun;
  if (count != 0) {
    state.to_stop += count;
    stop_orders_.push_back({.state = &state,
                            .whom = StopOrder::Whom::kSurplus,
                            .force = stop_timeout <= coro::Duration::zero(),
                            .batch = batch_,
                            .unseen = state.users.size(),
                            .left = count});
  }
}

void Population::stop_everybody(UserClassState& state, coro::Duration stop_timeout) {
  state.to_start = 0;
  stop_orders_.push_back({.state = &state,
                          .whom = StopOrder::Whom::kEverybody,
                          .force = stop_timeout <= coro::Duration::zero(),
                          .batch = batch_,
                          .unseen = state.users.size(),
                          .left = static_cast<std::int64_t>(state.users.size())});
}

/// Goes on with the orders. When a user ends, the last one of its class takes its position, so one
/// that was seen may be seen again, but none is passed over.
void Population::stop_some_users() {
  std::size_t budget = kStopsPerTurn;
  while (!stop_orders_.empty() && budget != 0) {
    StopOrder& order = stop_orders_.front();
    std::vector<UserRun*>& users = order.state->users;
    order.unseen = std::min(order.unseen, users.size());
    for (; order.unseen != 0 && order.left != 0 && budget != 0; --budget) {
      UserRun& run = *users[--order.unseen];
      if (!is_meant(run, order)) {
        continue;
      }
      if (!run.stopping()) {
        ++order.state->stopping;
      }
      run.stop_batch = order.whom == StopOrder::Whom::kOverdue ? kKilled : order.batch;
      --order.left;
      ++order.told;
      order.state->to_stop -= order.whom == StopOrder::Whom::kSurplus ? 1 : 0;
      order.force ? run.kill() : run.stop();
    }
    if (order.unseen != 0 && order.left != 0) {
      return;
    }
    if (order.whom == StopOrder::Whom::kSurplus) {
      order.state->to_stop -= order.left;  // they have ended by themselves meanwhile
    } else if (order.whom == StopOrder::Whom::kOverdue && order.told != 0) {
      spdlog::info(
          "{} users of {} did not finish their tasks within the stop timeout. Stopping them...",
          order.told, order.state->user_class->name);
    }
    stop_orders_.pop_front();
  }
}

bool Population::is_meant(const UserRun& run, const StopOrder& order) {
  switch (order.whom) {
    case StopOrder::Whom::kSurplus:
      return !run.stopping();
    case StopOrder::Whom::kEverybody:
      return run.stop_batch != order.batch;
    case StopOrder::Whom::kOverdue:
      return run.stop_batch == order.batch;
  }
  return false;
}

void Population::on_kill_timer(void* self) { static_cast<Population*>(self)->kill_overdue(); }

void Population::kill_overdue() {
  const coro::TimePoint now = shard().scheduler.clock().now();
  while (!batches_.empty() && batches_.front().kill_at <= now) {
    for (UserClassState& state : classes_) {
      stop_orders_.push_back({.state = &state,
                              .whom = StopOrder::Whom::kOverdue,
                              .force = true,
                              .batch = batches_.front().number,
                              .unseen = state.users.size(),
                              .left = state.stopping + state.to_stop});
    }
    batches_.pop_front();
  }
  if (!batches_.empty()) {
    kill_timer_.arm(batches_.front().kill_at);
  }
}

Population::Counts Population::counts() const {
  Counts counts;
  for (const UserClassState& state : classes_) {
    counts[std::string(state.user_class->name)] = state.alive();
  }
  return counts;
}

bool Population::update_user_class(const Value& change) {
  const std::string name = text_of(change.find("user_class_name"));
  const auto state = std::find_if(classes_.begin(), classes_.end(), [&](const auto& candidate) {
    return candidate.user_class->name == name;
  });
  if (state == classes_.end()) {
    return false;
  }
  if (const std::string host = text_of(change.find("host")); !host.empty()) {
    state->host = shard().intern_host(host);
  }
  set_attributes(*state, change);
  const Value* tasks = change.find("tasks");
  if (tasks != nullptr && tasks->as_list() != nullptr) {
    std::vector<std::string> names;
    for (const Value& task : *tasks->as_list()) names.push_back(text_of(&task));
    if (!tasks_.pick(*state->user_class, names)) {
      spdlog::warn("The master left no known task to {}: it keeps the ones it has.", name);
    }
  }
  return true;
}

void Population::filter_tasks(TagFilter filter) {
  if (filter != tag_filter_) {
    tag_filter_ = filter;
    tasks_.filter(std::move(filter));
  }
}

void Population::parked(const coro::Coroutine& coroutine) {
  for (UserClassState& state : classes_) {
    for (UserRun* run : state.users) {
      if (run->coroutine() == &coroutine) {
        remove(*run);
        given_up_.push_back(run);
        return;
      }
    }
  }
}

std::string_view Population::host_of(const UserClassState& state) {
  return shard().host.empty() ? state.host : shard().intern_host(shard().host);
}

void Population::leave_without_stack(UserRun& run) {
  if (!run.has_on_stop()) {
    ended(run);
    return;
  }
  leaving_queue_.push_back(&run);
}

void Population::start_leaving() {
  while (!leaving_queue_.empty() && leaving_ < kMaxLeaving) {
    UserRun* run = leaving_queue_.front();
    if (run->start_leaving()) {
      leaving_queue_.pop_front();
      ++leaving_;
      run->holds_leaving_stack = true;
    } else if (leaving_ != 0) {
      return;  // those that are leaving give their stacks back
    } else {
      leaving_queue_.pop_front();
      run->leave_without_on_stop();
    }
  }
}

void Population::report_missing_stack(std::string_view user_class) {
  const coro::TimePoint now = shard().scheduler.clock().now();
  if (now < next_stack_report_) {
    return;
  }
  next_stack_report_ = now + kStackReportInterval;
  const std::string text = fmt::format(
      "There is no memory for the stack of a user of {}: such users wait and try again "
      "every second. Raise the limit of memory (ulimit -v, vm.max_map_count), or use "
      "fewer users or a smaller --stack-size.",
      user_class);
  spdlog::warn("{}", text);
  shard().control.user_error(text, fmt::format("  in {}\n", user_class));
}

void Population::ended(UserRun& run) {
  remove(run);
  ended_.push_back(&run);
}

void Population::remove(UserRun& run) {
  if (run.holds_leaving_stack) {
    --leaving_;
  }
  if (run.stopping()) {
    --run.class_state().stopping;
  } else {
    changed_by_themselves_ = true;
  }
  std::vector<UserRun*>& users = run.class_state().users;
  users.back()->position = run.position;
  std::swap(users[run.position], users.back());
  users.pop_back();
}

void Population::end_of_turn() {
  // Not earlier: a run that has just ended may still be on its stack.
  for (std::size_t i = 0; i < kDeletionsPerTurn && !ended_.empty(); ++i) {
    delete ended_.back();
    ended_.pop_back();
  }
  start_some_users();
  stop_some_users();
  if (!ended_.empty() || !stop_orders_.empty()) {
    shard().scheduler.post([] {});  // there must be another turn
  }
  start_leaving();
  if (std::exchange(changed_by_themselves_, false)) {
    changed_();
  }
  settle();
}

void Population::settle() {
  const bool anyone_stops =
      !stop_orders_.empty() || std::any_of(classes_.begin(), classes_.end(),
                                           [](const auto& state) { return state.stopping != 0; });
  if (settled_ && !anyone_stops) {
    std::exchange(settled_, nullptr)();
  }
}

}  // namespace cppworker::detail
