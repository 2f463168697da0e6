#include "user/life/population.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/check.hpp"
#include "coro/crash_report.hpp"
#include "user/shard.hpp"
#include "user/strand.hpp"

namespace cppworker::detail {

namespace {

/// How many users may hold a stack that was taken only to run on_stop(). Stopping a million waiting
/// users must not need a million stacks.
constexpr std::size_t kMaxLeaving = 1000;

/// How many users a turn of the loop starts. Each takes a stack, and most give it back in the next
/// turn. Other work of the shard runs in between. The limit is below the number of events per turn
/// (Poller::kEventsMax), because connecting needs events as well. malloc never gives back the
/// memory of a thousand TLS connections that are opened at the same time.
constexpr std::size_t kMaxStartsPerTurn = 8;

/// How many ended users a turn of the loop destroys.
constexpr std::size_t kMaxDeletionsPerTurn = 2000;

/// The shortest time between two reports of missing memory for stacks.
constexpr std::chrono::seconds kStackReportInterval{10};

std::string text_of(const Value* value) {
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string() : *text;
}

/// Sets the attributes of the author. The keys of Locust are handled elsewhere.
void set_attributes(UserClassState& state, const Value& change) {
  static constexpr std::array<std::string_view, 5> kLocustKeys = {"user_class_name", "host",
                                                                  "tasks", "weight", "fixed_count"};
  for (const auto& attribute : *change.as_map()) {
    const std::string name = text_of(&attribute.first);
    if (name.empty() ||
        std::find(kLocustKeys.begin(), kLocustKeys.end(), name) != kLocustKeys.end()) {
      continue;
    }
    std::erase_if(state.attributes, [&](const auto& old) { return old.first == attribute.first; });
    state.attributes.push_back(attribute);
  }
}

/// As in Locust, an HttpUser needs a host.
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
      stops_(environment.shard().scheduler, classes_) {
  CHECK(Shard::current() == &shard());
  for (const UserClass* user_class : user_classes) {
    classes_.push_back({.user_class = user_class,
                        .host = user_class->attributes().host,
                        .choices = &tasks_.of(*user_class),
                        .users = {}});
  }
  shard().scheduler.add_turn_hook([this] { end_of_turn(); });
}

void Population::limit_iterations(IterationLimits& limits) {
  for (UserClassState& state : classes_) {
    DCHECK(state.alive() == 0);
    state.iterations = limits.of(*state.user_class);
  }
}

void Population::set_targets(const Counts& targets, coro::Duration stop_timeout,
                             std::function<void()> reached) {
  DCHECK(Shard::current() == &shard());
  settled_ = std::move(reached);
  stops_.begin_batch(stop_timeout);
  for (UserClassState& state : classes_) {
    const auto target = targets.find(std::string(state.user_class->name));
    if (target == targets.end()) {
      continue;
    }
    DCHECK(target->second >= 0);
    const std::int64_t staying = state.alive() - state.stopping - state.to_stop;
    if (staying < target->second) {
      if (has_host(state)) state.to_start += target->second - staying;
    } else {
      const std::int64_t surplus = staying - target->second;
      const std::int64_t not_started = std::min(surplus, state.to_start);
      state.to_start -= not_started;
      if (surplus != not_started) stops_.stop_surplus(state, surplus - not_started);
    }
  }
  start_some_users();
  stops_.advance();
  settle();  // users that have not started count, as on the stock worker
}

void Population::stop_all(coro::Duration stop_timeout, std::function<void()> stopped) {
  DCHECK(Shard::current() == &shard());
  settled_ = std::move(stopped);
  stops_.begin_batch(stop_timeout);
  for (UserClassState& state : classes_) {
    state.lacks_host = false;
    state.to_start = 0;
    stops_.stop_everybody(state);
  }
  stops_.advance();
}

/// Whether users of the class can be created. Reports a missing host once, until there is a host.
bool Population::has_host(UserClassState& state) {
  if (state.user_class->base == "User" || !host_of(state).empty()) {
    state.lacks_host = false;
    return true;
  }
  if (!std::exchange(state.lacks_host, true)) {
    spdlog::error("{} No users of {} are started.", kNoHost, state.user_class->name);
    shard().control.host_is_missing(std::string(kNoHost),
                                    fmt::format("  in {}.constructor\n", state.user_class->name));
  }
  return false;
}

void Population::start_some_users() {
  std::size_t left = kMaxStartsPerTurn;
  for (UserClassState& state : classes_) {
    DCHECK(state.to_start >= 0);
    for (; left != 0 && state.to_start != 0; --left, --state.to_start) {
      auto& run = *state.users.emplace_back(std::make_unique<UserRun>(*this, state));
      run.position_ = static_cast<std::uint32_t>(state.users.size() - 1);
      run.start();
    }
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
      spdlog::warn(
          "None of the tasks selected for {} exist in this locustfile: keeping the current "
          "selection.",
          name);
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

void Population::abandon(const coro::Coroutine& coroutine) {
  DCHECK(shard().scheduler.running() == nullptr);
  if (const Strand* const strand = Strand::of(coroutine)) {
    abandon(*strand->run);
  }
}

void Population::abandon(UserRun& run) {
  abandoned_.push_back(remove(run));
  run.stop_background();
}

std::string_view Population::host_of(const UserClassState& state) {
  return shard().host.empty() ? state.host : shard().intern_host(shard().host);
}

void Population::leave_without_stack(UserRun& run) {
  DCHECK(run.coroutine() == nullptr);
  if (!run.needs_stack_to_leave()) {
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
      DCHECK(run->holds_leaving_stack());
    } else if (leaving_ != 0 || run->stop_background()) {
      return;  // users that are leaving, or the functions of spawn(), will give their stacks back
    } else {
      leaving_queue_.pop_front();
      run->report_missing_on_stop();
      run->has_background() ? abandon(*run) : run->leave_without_on_stop();
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
      "There is no memory for the stack of a user of {}: such users try again every second. "
      "Raise the memory limits (ulimit -v, vm.max_map_count), or use fewer users or a smaller "
      "--stack-size.",
      user_class);
  spdlog::warn("{}", text);
  shard().control.user_error(text, fmt::format("  in {}\n", user_class));
}

void Population::ended(UserRun& run) {
  DCHECK(Shard::current() == &shard());
  ended_.push_back(remove(run));
}

std::unique_ptr<UserRun> Population::remove(UserRun& run) {
  UserClassState& state = run.class_state();
  if (run.holds_leaving_stack()) {
    DCHECK(leaving_ != 0);
    --leaving_;
  }
  if (run.stopping()) {
    DCHECK(state.stopping > 0);
    --state.stopping;
  } else {
    some_ended_unasked_ = true;
  }
  CHECK(run.position_ < state.users.size() && state.users[run.position_].get() == &run);
  std::unique_ptr<UserRun> removed = std::move(state.users[run.position_]);
  if (state.users.back() != nullptr) {
    state.users.back()->position_ = run.position_;
    state.users[run.position_] = std::move(state.users.back());
  }
  state.users.pop_back();
  return removed;
}

/// Users are not destroyed when they end, because their code may still be running on their stack.
void Population::destroy_some_users() {
  for (std::size_t left = std::min(ended_.size(), kMaxDeletionsPerTurn); left != 0; --left) {
    const coro::UserCodeHere here({ended_.back()->class_state().user_class->name, "a destructor"});
    ended_.pop_back();
  }
}

void Population::end_of_turn() {
  DCHECK(shard().scheduler.running() == nullptr);
  destroy_some_users();
  start_some_users();
  stops_.advance();
  if (!ended_.empty() || !stops_.empty()) {
    shard().scheduler.request_turn();
  }
  start_leaving();
  if (std::exchange(some_ended_unasked_, false)) {
    changed_();
  }
  settle();
}

void Population::settle() {
  DCHECK(std::ranges::all_of(classes_, [](const UserClassState& state) {
    return state.stopping >= 0 && state.stopping <= static_cast<std::int64_t>(state.users.size());
  }));
  const bool some_are_stopping =
      !stops_.empty() || std::any_of(classes_.begin(), classes_.end(),
                                     [](const auto& state) { return state.stopping != 0; });
  if (settled_ && !some_are_stopping) {
    std::exchange(settled_, nullptr)();
  }
}

}  // namespace cppworker::detail
