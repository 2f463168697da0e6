#include "user/shard.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include "base/check.hpp"
#include "coro/coroutine.hpp"
#include "coro/forked_child.hpp"
#include "stats/error_key.hpp"
#include "text/utf8.hpp"

namespace cppworker::detail {

namespace {

double unix_seconds(coro::TimePoint time, coro::Duration offset) {
  return std::chrono::duration<double>(time.time_since_epoch() + offset).count();
}

thread_local Shard* current_shard = nullptr;

/// For a counter with one writer, this is cheaper than an atomic addition.
void increase(std::atomic<std::int64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

Shard::Shard(std::size_t index_, std::size_t count_, coro::Scheduler& scheduler_,
             ControlLink& control_, std::size_t max_entries, stats::Precision precision,
             net::Resolver& resolver)
    : index(index_),
      count(count_),
      scheduler(scheduler_),
      control(control_),
      stats(0, {.max_entries = max_entries}, precision),
      names(scheduler_, resolver, index_),
      recording_offset_(scheduler_.clock().wall().look(scheduler_.clock().now())) {
  CHECK(index < count);
  current_shard = this;
}

Shard::~Shard() { current_shard = nullptr; }

Shard* Shard::current() { return current_shard; }

void Shard::make_current() { current_shard = this; }

void Shard::check_thread(std::string_view function) const {
  if (current_shard != this) {
    throw std::logic_error(
        std::string(function) +
        " was called on a thread that is not the user's own (a std::thread, run_blocking(), "
        "start_blocking()). Call it in the user's task. Use run_blocking() only for "
        "blocking code, and use its result in the task.");
  }
}

void Shard::record(const Request& request) {
  DCHECK(current_shard == this);
  coro::end_if_forked_child();  // another thread may have held a lock of the statistics
  const double now = unix_seconds(request.ended, recording_offset_);
  std::optional<double> response_time_ms;
  if (request.response_time) {
    response_time_ms = request.response_time->count();
  }
  stats.log_request(request.method, request.name, response_time_ms, request.response_length, now);
  increase(untaken_requests_);
  if (request.failure != nullptr) {
    stats.log_error(request.method, request.name, *request.failure, now, response_time_ms);
    increase(untaken_failures_);
  }
  if (request.phases != nullptr) {
    stats.log_phases(request.method, request.name, *request.phases, now);
  }
}

void Shard::keep_failure_samples(std::size_t per_failure, std::uint64_t seed) {
  samples_ = failures::Sampler({.per_failure = per_failure}, seed);
}

failures::Sample Shard::begin_sample(const Request& request, double start_time) const {
  DCHECK(current_shard == this && request.failure != nullptr);
  failures::Sample sample;
  // As in the row of the failure.
  sample.method = failures::beginning(text::to_utf8(request.method));
  sample.name = failures::beginning(text::to_utf8(request.name));
  sample.error = failures::beginning(stats::parse_error(text::to_utf8(*request.failure)));
  sample.time = start_time;
  if (request.response_time) sample.response_time_ms = request.response_time->count();
  if (request.phases != nullptr) sample.phases = *request.phases;
  if (const coro::Coroutine* const running = scheduler.running()) {
    sample.user_class = running->label().user_class;
    sample.task = running->label().task;
  }
  return sample;
}

Shard::Taken Shard::take_stats() {
  DCHECK(current_shard == this);
  const coro::Duration offset = recording_offset_;
  return {stats.take(begin_recording()), offset, samples_.take(), samples_.take_overflow()};
}

void Shard::clear_stats() {
  DCHECK(current_shard == this);
  stats.clear(begin_recording());
  samples_.clear();
  cut_off_requests.clear();
}

double Shard::begin_recording() {
  untaken_requests_.store(0, std::memory_order_relaxed);
  untaken_failures_.store(0, std::memory_order_relaxed);
  const coro::TimePoint now = scheduler.clock().now();
  recording_offset_ = scheduler.clock().wall().look(now);
  return unix_seconds(now, recording_offset_);
}

double Shard::unix_time(coro::TimePoint time) const {
  return unix_seconds(time, scheduler.clock().wall().offset(time));
}

std::string_view Shard::intern_host(std::string_view host_to_keep) {
  DCHECK(current_shard == this);
  return *hosts_.emplace(host_to_keep).first;
}

}  // namespace cppworker::detail
