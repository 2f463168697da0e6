#include "user/life/user_run.hpp"

#include <chrono>
#include <new>
#include <random>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "text/log_text.hpp"
#include "user/life/population.hpp"
#include "user/life/task_table.hpp"
#include "user/life/user_class_state.hpp"
#include "user/life/wait_sampling.hpp"
#include "user/shard.hpp"
#include "user/strand.hpp"
#include "user/user_error.hpp"

namespace cppworker::detail {

namespace {

constexpr std::string_view kInOnStop = "Uncaught exception in on_stop: \n";

/// The time after which a user without memory for its stack tries again.
constexpr std::chrono::seconds kStackRetryInterval{1};

std::string in_log(const std::string& exception_text) {
  return text::log_lines(exception_text, text::kMostExceptionText);
}

std::string_view without_line_end(std::string_view text) {
  return text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0));
}

}  // namespace

UserRun::UserRun(Population& population, UserClassState& state)
    : population_(population),
      class_state_(&state),
      timer_(population.shard().scheduler, &UserRun::on_timer, this) {}

void UserRun::start() {
  DCHECK(coroutine_ == nullptr);
  DCHECK(state_ == State::kNew || state_ == State::kWaiting);
  coro::Scheduler& scheduler = population_.shard().scheduler;
  try {
    coroutine_ = &scheduler.spawn([this] { live(); }, {class_state_->user_class->name, "on_start"});
  } catch (const std::bad_alloc&) {
    population_.report_missing_stack(class_state_->user_class->name);
    timer_.arm(scheduler.clock().now() + kStackRetryInterval);
  }
}

void UserRun::on_timer(void* self) { static_cast<UserRun*>(self)->start(); }

void UserRun::stop(std::uint32_t batch) {
  if (state_ == State::kNew || state_ == State::kWaiting) {
    kill(batch);
  } else {
    DCHECK(batch != 0);
    stop_batch_ = batch;  // a running user looks at stopping() when its task has ended
    if (side_ != nullptr && state_ == State::kRunning) {
      side_->end_waits();
    }
  }
}

void UserRun::kill(std::uint32_t batch) {
  DCHECK(batch != 0);
  DCHECK(state_ != State::kEnded);
  stop_batch_ = batch;
  if (coroutine_ != nullptr) {
    coroutine_->request_stop();
  } else if (state_ == State::kWaiting) {
    timer_.cancel();
    state_ = State::kLeaving;
    population_.leave_without_stack(*this);
  } else if (state_ == State::kNew) {  // there was no memory for its stack
    timer_.cancel();
    end();
  }
}

bool UserRun::start_leaving() {
  DCHECK(state_ == State::kLeaving);
  DCHECK(coroutine_ == nullptr);
  try {
    coroutine_ = &population_.shard().scheduler.spawn(
        [this] {
          Strand strand{{}, this};
          coroutine_->set_owner(&strand);
          leave();
        },
        {class_state_->user_class->name, "on_stop"});
    holds_leaving_stack_ = true;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void UserRun::leave_without_on_stop() {
  DCHECK(state_ == State::kLeaving);
  DCHECK(coroutine_ == nullptr);
  DCHECK(!has_background());
  end();
}

void UserRun::report_missing_on_stop() const {
  spdlog::error("on_stop of a user of {} was not run: there is no memory for its stack",
                class_state_->user_class->name);
}

bool UserRun::needs_stack_to_leave() const {
  if (class_state_->user_class->has_on_stop || has_background()) {
    return true;
  }
  for (const TaskSetBase* set = task_set_.get(); set != nullptr; set = set->outer_.get()) {
    if (set->class_->has_on_stop) {
      return true;
    }
  }
  return false;
}

void UserRun::live() {
  DCHECK(coroutine_ == population_.shard().scheduler.running());
  Strand strand{{}, this};
  coroutine_->set_owner(&strand);
  Next next = Next::kTask;
  bool stopped = false;
  try {
    if (state_ == State::kNew && !begin()) {
      next = Next::kEnd;
    }
    while (next == Next::kTask) {
      state_ = State::kRunning;
      next = run_one_task();
    }
  } catch (const StopUser&) {
    stopped = true;
  } catch (const StopTest&) {
    stopped = true;
  } catch (...) {  // control flow from a listener of user_error: the task has already ended
    log_current_exception("");
    next = Next::kEnd;
  }
  if (stopped) {
    leave();
  } else if (next == Next::kEnd) {
    stop_and_join_background();
    end();
  } else {
    coroutine_ = nullptr;  // the stack is given back; the timer starts the next task
  }
}

bool UserRun::begin() {
  // As in Locust, a user that was stopped before it started runs no code.
  if (stopping() ||
      (class_state_->iterations != nullptr && class_state_->iterations->is_used_up())) {
    return false;
  }
  DCHECK(user_ == nullptr);
  state_ = State::kRunning;
  paced_until_ = population_.shard().scheduler.clock().now();
  std::string_view where = "constructor";
  try {
    set_label(where);
    create_user();
    where = "on_start";
    set_label(where);
    user_->on_start();
    return true;
  } catch (const StopUser&) {
    throw;
  } catch (const StopTest&) {
    throw;
  } catch (...) {
    report_current_exception(where);
    return false;
  }
}

void UserRun::create_user() {
  struct Creating {
    UserRun& run;
    ~Creating() { run.population_.shard().creating.erase(run.coroutine_); }
  };
  const bool is_first = population_.shard().creating.emplace(coroutine_, this).second;
  CHECK(is_first);
  const Creating creating{*this};
  user_.reset(class_state_->user_class->create());
  attach(*user_);  // another User may have been attached: bases before User may create users
}

/// Constructors may suspend while other users are created. So the UserRun is found by the
/// coroutine.
void UserRun::attach_created(User& user) {
  Shard* const shard = Shard::current();
  if (shard == nullptr) {
    return;
  }
  const auto creating = shard->creating.find(shard->scheduler.running());
  if (creating != shard->creating.end()) {
    creating->second->attach(user);
    shard->creating.erase(creating);
  }
}

void UserRun::attach(User& user) {
  DCHECK(user.run_ == nullptr || user.run_ == this);
  user.environment_ = &population_.environment();
  user.base_host_ = population_.host_of(*class_state_);
  user.run_ = this;
}

/// Runs user code and returns how it ended.
/// @param where the place for reports; read when the code has ended, so it may change meanwhile
/// @param ends_user the user ends if the code throws: as in Locust, the exception is only logged
template <class Function>
UserRun::Ending UserRun::attempt(const std::string_view& where, const Function& function,
                                 bool ends_user) {
  try {
    function();
    return Ending::kReturned;
  } catch (const StopUser&) {
    throw;
  } catch (const StopTest&) {
    throw;
  } catch (const RescheduleTask&) {
    return Ending::kReschedule;
  } catch (const RescheduleTaskImmediately&) {
    return Ending::kRescheduleImmediately;
  } catch (const InterruptTaskSet& interrupt) {
    return interrupt.reschedule ? Ending::kInterrupt : Ending::kInterruptAndWait;
  } catch (...) {
    ends_user ? log_current_exception("") : report_current_exception(where);
    return Ending::kFailed;
  }
}

UserRun::Next UserRun::run_one_task() {
  if (must_end()) {
    throw StopUser{};
  }
  const TaskSetBase* const picked_by = task_set_.get();
  std::string_view name = "tasks";
  const Ending ending = attempt(name, [&] {
    const TaskRow& row = next_row();
    name = row.name;
    execute(row);
  });
  if (task_set_.get() != picked_by && ending == Ending::kReturned) {
    return Next::kTask;  // the task entered a TaskSet, whose first task follows at once
  }
  return wait_after_task(ending);
}

const TaskRow& UserRun::next_row() {
  TaskSetBase* const set = task_set_.get();
  if (set != nullptr && !set->queue_.empty()) {
    const TaskRow& row = *set->queue_.front();
    set->queue_.pop_front();
    return row;
  }
  const TaskChoices& choices = set == nullptr ? *class_state_->choices : *set->choices_;
  if (choices.rows.empty()) {
    throw Error("No tasks defined on " +
                std::string(set == nullptr ? class_state_->user_class->name : set->class_->name) +
                ": --tags and --exclude-tags leave none");
  }
  const auto any_of = [this](const auto& list) -> decltype(auto) {
    if (list.size() == 1) {
      return list.front();
    }
    std::uniform_int_distribution<std::size_t> pick(0, list.size() - 1);
    return list[pick(population_.shard().random)];
  };
  if (set == nullptr || set->class_->kind == TaskSetKind::kRandom) {
    return *any_of(choices.rows);
  }
  const std::size_t index = set->next_ % choices.rows.size();
  DCHECK(set->class_->kind != TaskSetKind::kMarkov || index == set->next_);
  set->next_ = set->class_->kind == TaskSetKind::kSequential ? static_cast<std::uint32_t>(index + 1)
                                                             : any_of(choices.next[index]);
  return *choices.rows[index];
}

void UserRun::execute(const TaskRow& row) {
  if (row.task_set != nullptr) {
    return enter(*row.task_set);
  }
  DCHECK(row.run != nullptr);
  IterationLimit* const iterations = class_state_->iterations;
  if (iterations != nullptr && !iterations->take()) throw StopUser{};
  if (task_set_ == nullptr) {
    const auto sets = population_.tasks().sets_around(row);
    if (!sets.empty()) return run_alone(row, sets);
  }
  set_label(row.name);
  row.run(task_set_ != nullptr ? static_cast<void*>(task_set_.get()) : user_.get());
}

/// Runs one task of a TaskSet without entering the set: its on_start() and on_stop() do not run,
/// and the user is outside the set again when the task has ended.
/// @param sets the TaskSets that contain the task, the outermost first
void UserRun::run_alone(const TaskRow& row, std::span<const TaskSetClass* const> sets) {
  struct Leave {
    UserRun& run;
    ~Leave() {
      while (run.task_set_ != nullptr) run.drop_task_set();
    }
  };
  const Leave leave{*this};
  for (const TaskSetClass* set : sets) create(*set);
  set_label(row.name);
  try {
    row.run(task_set_.get());
  } catch (const InterruptTaskSet& interrupt) {
    if (interrupt.reschedule) throw RescheduleTaskImmediately{};
    throw RescheduleTask{};
  }
  if (!task_set_->queue_.empty()) {
    throw Error("schedule_task() has no effect with --equal-weights");
  }
}

/// Creates a TaskSet object inside the current one.
void UserRun::create(const TaskSetClass& task_set) {
  DCHECK(user_ != nullptr);
  set_label(task_set.name);
  std::unique_ptr<TaskSetBase> made(task_set.create(*user_, task_set_.get()));
  made->user_ = user_.get();
  made->class_ = &task_set;
  made->choices_ = &population_.tasks().of(task_set);
  made->paced_until_ = population_.shard().scheduler.clock().now();
  made->outer_ = std::move(task_set_);
  task_set_ = std::move(made);
}

void UserRun::enter(const TaskSetClass& task_set) {
  create(task_set);
  try {
    task_set_->on_start();
  } catch (const InterruptTaskSet& interrupt) {  // leaves this set, not its parent
    const bool reschedule = interrupt.reschedule;
    drop_task_set();
    if (reschedule) {
      throw RescheduleTaskImmediately{};
    }
    throw RescheduleTask{};
  } catch (...) {
    drop_task_set();
    throw;
  }
}

/// Leaves the innermost TaskSet after an interrupt. Returns how the task of its parent ended.
UserRun::Ending UserRun::interrupt_task_set(bool reschedule) {
  DCHECK(task_set_ != nullptr);
  set_label("on_stop");
  try {
    task_set_->on_stop();
  } catch (const StopUser&) {
    drop_task_set();
    throw;
  } catch (const StopTest&) {
    drop_task_set();
    throw;
  } catch (...) {
    log_current_exception(kInOnStop);
  }
  drop_task_set();
  return reschedule ? Ending::kRescheduleImmediately : Ending::kReschedule;
}

void UserRun::drop_task_set() {
  DCHECK(task_set_ != nullptr);
  task_set_ = std::move(task_set_->outer_);
}

/// Decides what follows a task, in the TaskSet of the task; runs the wait time.
/// @param ending how the task ended
UserRun::Next UserRun::wait_after_task(Ending ending) {
  DCHECK(!timer_.armed());
  const IterationLimit* const iterations = class_state_->iterations;
  if (iterations != nullptr && iterations->is_used_up()) throw StopUser{};
  while (true) {
    if (ending == Ending::kInterrupt || ending == Ending::kInterruptAndWait) {
      if (task_set_ == nullptr) {
        spdlog::error(
            "{}: InterruptTaskSet was thrown outside of a TaskSet: the user ends. Use interrupt() "
            "only in a TaskSet",
            class_state_->user_class->name);
        return Next::kEnd;
      }
      ending = interrupt_task_set(ending == Ending::kInterrupt);
    }
    if (ending == Ending::kRescheduleImmediately) {
      coro::this_coroutine::yield();  // so that a task that always does this does not block others
      return Next::kTask;
    }
    if (must_end()) {
      throw StopUser{};
    }
    state_ = State::kWaiting;
    coro::Duration wait{};
    coro::TimePoint now{};
    const bool is_last_try = ending == Ending::kFailed && task_set_ == nullptr;
    const Ending waited = attempt(
        "wait_time", [&] { wait = sample_wait_of(task_set_.get(), now); }, is_last_try);
    if (waited == Ending::kReturned) {
      if (wait > coro::Duration::zero()) {
        timer_.arm(now + wait);
        return Next::kTimer;
      }
      coro::this_coroutine::yield_unless_waited();
      return Next::kTask;
    }
    // A wait function threw. As in Locust, it is called once more; then the TaskSet is left.
    if (waited == Ending::kInterrupt || waited == Ending::kInterruptAndWait) {
      ending = waited;
    } else if (ending != Ending::kFailed) {
      ending = Ending::kFailed;
    } else if (task_set_ != nullptr) {
      drop_task_set();
    } else {
      return Next::kEnd;
    }
  }
}

/// @param now is set to the time at which the wait begins
coro::Duration UserRun::sample_wait_of(TaskSetBase* task_set, coro::TimePoint& now) {
  Shard& shard = population_.shard();
  const auto sample = [&](const auto& wait_class, void* holder, coro::TimePoint& paced_until) {
    if (wait_class.wait_function != nullptr) {
      const coro::Duration wait = to_wait(wait_class.wait_function(holder));
      now = shard.scheduler.clock().now();  // the function may have suspended
      return wait;
    }
    if (never_waits(*wait_class.wait_time)) {
      now = shard.scheduler.turn_time();
      return coro::Duration::zero();
    }
    now = shard.scheduler.clock().now();
    return sample_wait(*wait_class.wait_time, now, paced_until, shard.random);
  };
  if (task_set != nullptr && task_set->class_->has_wait_time) {
    return sample(*task_set->class_, task_set, task_set->paced_until_);
  }
  return sample(*class_state_->user_class, user_.get(), paced_until_);
}

void UserRun::wait_in_task(TaskSetBase* task_set) {
  if (user_ == nullptr) {
    throw Error(
        "wait() can't be called in a constructor: the wait time is not available before "
        "on_start()");
  }
  if (must_end() && state_ != State::kLeaving) {
    throw StopUser{};
  }
  coro::Coroutine& self = coro::this_coroutine::self("wait");
  if (&self != coroutine_) {
    const SideCoroutines::InWait in_wait(side(), self);
    coro::TimePoint begin{};
    const coro::Duration wait = sample_wait_of(task_set, begin);
    coro::this_coroutine::sleep_until(begin + wait);
    return;
  }
  const State before = std::exchange(state_, state_ == State::kRunning ? State::kWaiting : state_);
  coro::TimePoint now{};
  const coro::Duration wait = sample_wait_of(task_set, now);
  coro::this_coroutine::sleep_until(now + wait);
  state_ = before;
}

void UserRun::leave() {
  DCHECK(coroutine_ == population_.shard().scheduler.running());
  state_ = State::kLeaving;
  coroutine_->clear_stop();
  stop_and_join_background();
  leave_task_sets();
  set_label("on_stop");
  try {
    if (user_ != nullptr) {
      user_->on_stop();
    }
  } catch (const StopUser&) {  // killed in on_stop, because its stop_timeout has passed
  } catch (const StopTest&) {
  } catch (...) {
    log_current_exception(kInOnStop);
  }
  stop_and_join_background();
  end();
}

void UserRun::leave_task_sets() {
  while (task_set_ != nullptr) {
    set_label(task_set_->class_->name);
    try {
      task_set_->on_stop();
    } catch (const StopUser&) {  // killed in on_stop: the next TaskSet's on_stop still runs
      coroutine_->clear_stop();
    } catch (const StopTest&) {
    } catch (...) {
      log_current_exception(kInOnStop);
    }
    drop_task_set();
  }
}

void UserRun::end() {
  DCHECK(state_ != State::kEnded);
  DCHECK(!timer_.armed());
  state_ = State::kEnded;
  coroutine_ = nullptr;
  population_.ended(*this);
}

SideCoroutines& UserRun::side() {
  if (side_ == nullptr) {
    side_ = std::make_unique<SideCoroutines>();
  }
  return *side_;
}

Background UserRun::spawn_background(std::unique_ptr<BackgroundFunction> function) {
  if (user_ == nullptr) {
    throw Error(
        "spawn() can't be called in a constructor: the user is not complete. Call it in "
        "on_start() or in a task.");
  }
  return side().start(*this, population_.shard().scheduler, std::move(function));
}

void UserRun::end_from_background() {
  if (must_end() || state_ == State::kLeaving || state_ == State::kEnded) {
    return;
  }
  ends_ = true;
  if (coroutine_ != nullptr) {
    coroutine_->request_stop();
  } else {
    DCHECK(state_ == State::kWaiting);
    timer_.cancel();
    state_ = State::kLeaving;
    population_.leave_without_stack(*this);
  }
}

bool UserRun::stop_background() { return side_ != nullptr && side_->stop_background(); }

void UserRun::stop_and_join_background() {
  if (side_ != nullptr) {
    side_->stop_and_join_background(*coroutine_);
  }
}

void UserRun::report_current_exception(std::string_view where) {
  std::string place(where);
  if (task_set_ != nullptr) {
    place.insert(0, ".").insert(0, task_set_->class_->name);
  }
  report_exception_in(place);
}

void UserRun::report_exception_in(std::string_view place) {
  const UserErrorText text = describe_current_exception(class_state_->user_class->name, place);
  spdlog::error("{}\n{}", in_log(text.msg), without_line_end(text.traceback));
  Shard& shard = population_.shard();
  shard.control.user_error(text.msg, text.traceback);
  if (user_ != nullptr) {
    population_.environment().events.user_error.fire(
        {.user_instance = *user_, .exception = text.msg, .tb = text.traceback});
  }
}

void UserRun::log_current_exception(std::string_view introduction) const {
  const UserErrorText text =
      describe_current_exception(class_state_->user_class->name, coroutine_->label().task);
  spdlog::error("{}{}\n{}", introduction, in_log(text.msg), without_line_end(text.traceback));
}

void UserRun::set_label(std::string_view task) const {
  DCHECK(coroutine_ != nullptr);
  coroutine_->set_label({class_state_->user_class->name, task});
}

}  // namespace cppworker::detail
