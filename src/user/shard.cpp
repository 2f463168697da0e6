#include "user/shard.hpp"

#include <chrono>

namespace cppworker::detail {

namespace {

double seconds(std::chrono::nanoseconds since_epoch) {
  return std::chrono::duration<double>(since_epoch).count();
}

double epoch_offset(coro::TimePoint now) {
  return seconds(std::chrono::system_clock::now().time_since_epoch()) -
         seconds(now.time_since_epoch());
}

thread_local Shard* shard_here = nullptr;

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
      unix_epoch_offset_(epoch_offset(scheduler_.clock().now())) {
  shard_here = this;
}

Shard::~Shard() { shard_here = nullptr; }

Shard* Shard::current() { return shard_here; }

void Shard::record(const Request& request) {
  const double now = unix_time(request.ended);
  std::optional<double> response_time_ms;
  if (request.response_time) {
    response_time_ms = request.response_time->count();
  }
  stats.log_request(request.method, request.name, response_time_ms, request.response_length, now);
  if (request.failure != nullptr) {
    stats.log_error(request.method, request.name, *request.failure, now);
  }
}

double Shard::unix_time(coro::TimePoint time) const {
  return seconds(time.time_since_epoch()) + unix_epoch_offset_;
}

std::string_view Shard::intern_host(std::string_view host_to_keep) {
  return *hosts_.emplace(host_to_keep).first;
}

}  // namespace cppworker::detail
