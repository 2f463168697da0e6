#include "runner/reports.hpp"

#include <algorithm>
#include <utility>

#include "runner/seconds.hpp"
#include "runner/split_targets.hpp"

namespace cppworker::runner {
namespace {

constexpr double kShortestInterval = 1;  // seconds

/// The interval between reports. The thresholds of a printed locustfile set a shorter one than
/// Locust's.
Clock::duration interval_of(const Value& parsed_options) {
  double seconds = 0;
  const Value* value = parsed_options.find("cpp_worker_report_interval");
  if (value == nullptr || !value->to_double(seconds) || !(seconds > 0)) return Reports::kInterval;
  return std::clamp<Clock::duration>(to_clock(seconds), to_clock(kShortestInterval),
                                     Reports::kInterval);
}

}  // namespace

void Reports::collect_and_send() {
  collecting_ = actions_.next_id();
  actions_.add(CollectIncrements{*collecting_});
}

void Reports::add(IncrementsCollected& event) {
  event.increment.phases.clear();  // no message contains them
  ledger_.add(std::move(event.increment));
  if (!event.report_data.empty()) report_data_ = std::move(event.report_data);
}

void Reports::on(const IncrementsCollected& event) {
  if (!collecting_ || event.id < *collecting_) return;
  collecting_.reset();
  send();
}

void Reports::leave_to_others(const IncrementsCollected& event) {
  if (collecting_ && event.id >= *collecting_) collecting_.reset();
}

void Reports::send() {
  if (!link_.accepted()) return;
  UserClassesCount counts = shards_.counts();
  const std::int64_t total = total_users(counts);
  actions_.add(Send{protocol::StatsReport{.increment = ledger_.take(link_.proved_by()),
                                          .user_classes_count = std::move(counts),
                                          .user_count = total,
                                          .added = std::exchange(report_data_, {})}});
}

void Reports::not_sent(const protocol::StatsReport& report) {
  ledger_.not_sent(report.increment);
  if (report_data_.empty()) report_data_ = report.added;
}

void Reports::on_spawn(const Value& parsed_options, TimePoint now) {
  interval_ = interval_of(parsed_options);
  due_ = std::min(due_, now + interval_);
}

void Reports::on_time(TimePoint now) {
  if (!link_.listens() || now < due_) return;
  due_ = std::max(due_ + interval_, now);
  if (due_ <= now) due_ = now + interval_;
  collect_and_send();
}

void Reports::send_soon(TimePoint now) { due_ = std::min(due_, now); }

TimePoint Reports::next_wakeup() const { return link_.listens() ? due_ : TimePoint::max(); }

}  // namespace cppworker::runner
