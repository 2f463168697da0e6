#include "app/report_collector.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/json.hpp>

#include "app/lag_watch.hpp"
#include "base/check.hpp"
#include "protocol/sendable.hpp"
#include "protocol/stats_codec.hpp"
#include "stats/merge.hpp"

namespace cppworker::app {
namespace {

double to_seconds(coro::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double take_ms(coro::Duration& lag) {
  return std::chrono::duration<double, std::milli>(std::exchange(lag, {})).count();
}

}  // namespace

ReportCollector::ReportCollector(coro::Scheduler& scheduler, const Options& options,
                                 const Masking& masking,
                                 std::function<void(runner::Event)> on_event)
    : scheduler_(scheduler),
      shards_(options.threads),
      on_event_(std::move(on_event)),
      timeout_(
          scheduler, [](void* self) { static_cast<ReportCollector*>(self)->finish(); }, this),
      clock_offset_(scheduler.clock().wall().look(scheduler.clock().now())),
      threads_(shards_),
      samples_({.per_failure = options.failure_samples}),
      masking_(masking),
      masks_names_(options.standalone) {}

void ReportCollector::begin(const runner::CollectIncrements& action) {
  CHECK(!collection_ || *collection_ < action.id);
  collection_ = action.id;
  missing_ = shards_;
  timeout_.arm(scheduler_.clock().now() + action.timeout);
}

void ReportCollector::take(ShardIncrement from) {
  CHECK(from.epoch <= epoch_);
  if (from.epoch == epoch_) {
    lag_p99_ = std::max(lag_p99_, from.lag.p99);
    lag_max_ = std::max(lag_max_, from.lag.max);
    threads_.at(from.shard).add(lateness_of(from.lag));
    follow_system_clock();
    stats::StatsIncrement increment = std::move(from.recording).increment();
    if (const coro::Duration step = clock_offset_ - from.clock_offset;
        coro::WallClock::is_step(step)) {
      stats::shift_times(increment, to_seconds(step));
    }
    if (masks_names_) masking_.mask(increment);
    stats::merge(increment_, std::move(increment));
    for (failures::Sample& sample : from.samples) {
      masking_.mask(sample);
      samples_.add(std::move(sample));
    }
    if (from.samples_overflow) samples_.add_overflow();
    for (const auto& [name, count] : from.cut_off_requests) cut_off_requests_[name] += count;
    if (!from.report_data.empty()) add_report_data(std::move(from.report_data));
  }
  if (collection_ && from.collection == collection_) {
    CHECK(missing_ > 0);
    if (--missing_ == 0) finish();
  }
}

void ReportCollector::finish() {
  CHECK(collection_);
  timeout_.cancel();
  on_event_(runner::IncrementsCollected{
      .id = *std::exchange(collection_, std::nullopt),
      .increment = std::exchange(increment_, {}),
      .report_data = std::exchange(report_data_, {}),
      .unix_now = unix_now(),
      .lag_p99_ms = take_ms(lag_p99_),
      .lag_max_ms = take_ms(lag_max_),
      .threads = std::exchange(threads_, std::vector<stats::Lateness>(shards_))});
}

double ReportCollector::unix_now() const {
  coro::Clock& clock = scheduler_.clock();
  const coro::TimePoint now = clock.now();
  return to_seconds(now.time_since_epoch() + clock.wall().offset(now));
}

std::uint64_t ReportCollector::clear() {
  increment_ = {};
  lag_p99_ = lag_max_ = {};
  threads_.assign(shards_, {});
  report_data_.clear();
  samples_.clear();
  cut_off_requests_.clear();
  return ++epoch_;
}

void ReportCollector::follow_system_clock() {
  coro::Clock& clock = scheduler_.clock();
  const coro::Duration before = std::exchange(clock_offset_, clock.wall().offset(clock.now()));
  const coro::Duration step = clock_offset_ - before;
  if (!coro::WallClock::is_step(step)) return;
  stats::shift_times(increment_, to_seconds(step));
  on_event_(runner::SystemClockSet{to_seconds(step)});
}

/// Keeps the data for the next report. Newer data replace data that have not been sent yet.
void ReportCollector::add_report_data(Value::Map data) {
  std::erase_if(data, [](const auto& entry) {
    const std::string* key = entry.first.as_string();
    return key == nullptr || protocol::is_report_key(*key);
  });
  protocol::Custom as_message{"report_to_master", std::move(data)};
  if (const std::optional<std::string> reason = protocol::why_not_sendable(as_message)) {
    spdlog::error("report_to_master: {}", *reason);
    return;
  }
  report_data_ = *as_message.data.as_map();
}

void ReportCollector::log_cut_off_requests() {
  if (cut_off_requests_.empty()) return;
  spdlog::info("Requests cut off while stopping: {}",
               to_json(Value::Map(cut_off_requests_.begin(), cut_off_requests_.end())));
  cut_off_requests_.clear();
}

}  // namespace cppworker::app
