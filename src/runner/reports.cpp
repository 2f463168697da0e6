#include "runner/reports.hpp"

#include <algorithm>
#include <utility>

#include "runner/split_targets.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 3s;

}  // namespace

void Reports::collect_and_send() {
  collecting_ = actions_.next_id();
  actions_.add(CollectIncrements{*collecting_});
}

void Reports::add(IncrementsCollected& event) {
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

void Reports::on_time(TimePoint now) {
  if (!link_.listens() || now < due_) return;
  due_ = std::max(due_ + kInterval, now);
  if (due_ <= now) due_ = now + kInterval;
  collect_and_send();
}

void Reports::send_soon(TimePoint now) { due_ = std::min(due_, now); }

TimePoint Reports::next_wakeup() const { return link_.listens() ? due_ : TimePoint::max(); }

}  // namespace cppworker::runner
