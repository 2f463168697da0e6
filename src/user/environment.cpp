#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <cppworker/environment.hpp>

#include "coro/scheduler.hpp"
#include "user/shard.hpp"

namespace cppworker {
namespace {

/// How long send_message() waits while the queue to the master is full, and how often it checks.
constexpr std::chrono::seconds kQueueTimeout{5};
constexpr std::chrono::milliseconds kQueueCheckInterval{10};

/// Suspends a coroutine that sends faster than the master reads. Other callers can't be suspended
/// and return at once.
void wait_for_room(detail::Shard& shard) {
  if (shard.control.takes_messages()) return;
  coro::Scheduler* const here = coro::Scheduler::current();
  if (here != &shard.scheduler || here->running() == nullptr) return;
  const coro::TimePoint deadline = here->turn_time() + kQueueTimeout;
  while (!shard.control.takes_messages() && here->turn_time() < deadline) {
    if (!coro::this_coroutine::sleep_until(here->turn_time() + kQueueCheckInterval)) return;
  }
}

}  // namespace

void Runner::add_message_listener(std::string_view type, MessageListener listener,
                                  bool concurrent) {
  const bool is_new =
      shard_->message_listeners
          .try_emplace(std::string(type), detail::Shard::Handler{std::move(listener), concurrent})
          .second;
  if (!is_new) {
    throw std::logic_error("Tried to register listener method for " + std::string(type) +
                           ", but it already had a listener!");
  }
}

void Runner::send_message(std::string_view type, Value data) const {
  wait_for_room(*shard_);
  shard_->control.send_message(std::string(type), std::move(data));
}

void Runner::quit() const { shard_->control.quit(); }

void Runner::stop() const { shard_->control.stop(); }

std::int64_t Runner::worker_index() const { return shard_->worker_index; }

Environment::Environment(detail::Shard& shard)
    : events(RequestEventHook(*this)), runner(Runner(shard)), shard_(&shard) {}

const std::string& Environment::host() const { return shard_->host; }

ParsedOptions Environment::parsed_options() const { return ParsedOptions(shard_->parsed_options); }

StatsTotal Environment::stats_total() const {
  const stats::Total total = shard_->stats.total();
  const auto timed = static_cast<double>(total.num_timed_requests);
  return {.num_requests = total.num_requests,
          .num_failures = total.num_failures,
          .avg_response_time = timed > 0 ? total.total_response_time / timed : 0,
          .min_response_time = timed > 0 ? total.min_response_time : 0,
          .max_response_time = total.max_response_time};
}

void Environment::set_process_exit_code(int code) const { shard_->control.set_exit_code(code); }

std::size_t Environment::shard_index() const { return shard_->index; }

std::size_t Environment::shard_count() const { return shard_->count; }

}  // namespace cppworker
