#include "runner/report_ledger.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "stats/merge.hpp"

namespace cppworker::runner {
namespace {

/// One that the next answer will prove and one that is newer: with a third, the newer ones merge.
constexpr std::size_t kMostUnproved = 2;

ReportLedger::Size size_of(const stats::StatsIncrement& increment) {
  return {increment.total.num_requests, increment.total.num_failures};
}

}  // namespace

void ReportLedger::check_nothing_is_out() const { CHECK(!report_is_out_); }

void ReportLedger::add(stats::StatsIncrement&& increment) {
  check_nothing_is_out();
  stats::merge(pending_, std::move(increment));
}

protocol::StatsReport ReportLedger::take_report(protocol::UserClassesCount user_classes_count,
                                                std::int64_t user_count) {
  check_nothing_is_out();
  report_is_out_ = true;
  return {std::exchange(pending_, {}), std::move(user_classes_count), user_count};
}

void ReportLedger::sent(protocol::StatsReport&& report, std::optional<std::uint64_t> proved_by) {
  CHECK(report_is_out_);
  report_is_out_ = false;
  // Later heartbeats prove more.
  CHECK(!proved_by || unproved_.empty() || unproved_.back().proved_by <= *proved_by);
  if (!proved_by || stats::empty(report.increment)) return;
  if (unproved_.size() < kMostUnproved) {
    unproved_.push_back({*proved_by, std::move(report.increment)});
    return;
  }
  unproved_.back().proved_by = *proved_by;
  stats::merge(unproved_.back().increment, std::move(report.increment));
}

void ReportLedger::not_sent(protocol::StatsReport&& report) {
  CHECK(report_is_out_);
  report_is_out_ = false;
  add(std::move(report.increment));
}

void ReportLedger::heartbeat_proved(std::uint64_t number) {
  std::erase_if(unproved_, [number](const Unproved& u) { return u.proved_by <= number; });
}

ReportLedger::Size ReportLedger::drop_unproved() {
  check_nothing_is_out();
  const Size size = unproved();
  unproved_.clear();
  return size;
}

ReportLedger::Size ReportLedger::drop_all() {
  Size size = drop_unproved();
  size.requests += pending().requests;
  size.failures += pending().failures;
  pending_ = {};
  return size;
}

void ReportLedger::resend_unproved() {
  check_nothing_is_out();
  for (Unproved& u : unproved_) add(std::move(u.increment));
  unproved_.clear();
}

void ReportLedger::clear() {
  check_nothing_is_out();
  pending_ = {};
  unproved_.clear();
}

void ReportLedger::shift_times(double seconds) {
  stats::shift_times(pending_, seconds);
  for (Unproved& u : unproved_) stats::shift_times(u.increment, seconds);
}

ReportLedger::Size ReportLedger::pending() const { return size_of(pending_); }

ReportLedger::Size ReportLedger::unproved() const {
  Size size;
  for (const Unproved& u : unproved_) {
    size.requests += size_of(u.increment).requests;
    size.failures += size_of(u.increment).failures;
  }
  return size;
}

}  // namespace cppworker::runner
