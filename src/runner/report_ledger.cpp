#include "runner/report_ledger.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "stats/merge.hpp"

namespace cppworker::runner {
namespace {

/// One report that the next answer will prove, and one newer report. A third report is merged into
/// the newer one.
constexpr std::size_t kMaxUnproved = 2;

constexpr std::string_view kMeasuredBefore =
    "they were measured before this run, and no master has acknowledged them";

ReportLedger::Size size_of(const stats::StatsIncrement& increment) {
  return {increment.total.num_requests, increment.total.num_failures};
}

ReportLedger::Size operator+(const ReportLedger::Size& left, const ReportLedger::Size& right) {
  return {left.requests + right.requests, left.failures + right.failures};
}

}  // namespace

void ReportLedger::add(stats::StatsIncrement&& increment) {
  DCHECK(thread_.is_here());
  stats::merge(pending_, std::move(increment));
}

stats::StatsIncrement ReportLedger::take(std::optional<std::uint64_t> proved_by) {
  if (stats::empty(pending_)) return {};
  keep_newest();
  // Later heartbeats prove more.
  CHECK(!proved_by || unproved_.empty() || *unproved_.back().proved_by <= *proved_by);
  CHECK(!newest_);
  newest_ = Report{proved_by, std::exchange(pending_, {})};
  return newest_->increment;
}

void ReportLedger::not_sent(const stats::StatsIncrement& increment) {
  if (stats::empty(increment)) return;
  if (!newest_) return log_dropped(size_of(increment), kMeasuredBefore);
  add(std::move(newest_->increment));
  newest_.reset();
}

/// Keeps the last report until it is proved: the socket has accepted it.
void ReportLedger::keep_newest() {
  std::optional<Report> newest = std::exchange(newest_, std::nullopt);
  if (!newest || !newest->proved_by) return;
  CHECK(unproved_.size() <= kMaxUnproved);
  if (unproved_.size() < kMaxUnproved) {
    unproved_.push_back(std::move(*newest));
    return;
  }
  unproved_.back().proved_by = newest->proved_by;
  stats::merge(unproved_.back().increment, std::move(newest->increment));
}

void ReportLedger::heartbeat_proved(std::uint64_t number) {
  keep_newest();
  std::erase_if(unproved_, [number](const Report& report) { return *report.proved_by <= number; });
}

void ReportLedger::drop_unproved() {
  log_dropped(unproved(),
              "no master has acknowledged them, and sending them again could count them twice");
  newest_.reset();
  unproved_.clear();
}

void ReportLedger::drop_all() {
  log_dropped(
      unproved() + pending(),
      "no master has acknowledged them, and they belong to a run that the next master did not "
      "start. To send them to the next master, use --on-master-loss=keep-running");
  newest_.reset();
  unproved_.clear();
  pending_ = {};
}

void ReportLedger::resend_unproved() {
  keep_newest();
  for (Report& report : std::exchange(unproved_, {})) add(std::move(report.increment));
}

void ReportLedger::clear(const ClearStats& action) {
  log_dropped(pending(), kMeasuredBefore);
  newest_.reset();
  unproved_.clear();
  pending_ = {};
  actions_.add(action);
}

void ReportLedger::shift_times(double seconds) {
  keep_newest();
  stats::shift_times(pending_, seconds);
  for (Report& report : unproved_) stats::shift_times(report.increment, seconds);
}

void ReportLedger::log_lost(bool master_listens) {
  log_dropped(master_listens ? pending() : pending() + unproved(), "no master is reading them");
}

void ReportLedger::log_dropped(const Size& size, std::string_view why) {
  if (size == Size{}) return;
  actions_.warning(fmt::format("Dropped the statistics of {} requests ({} failures): {}.",
                               size.requests, size.failures, why));
}

ReportLedger::Size ReportLedger::pending() const { return size_of(pending_); }

ReportLedger::Size ReportLedger::unproved() const {
  Size size;
  for (const Report& report : unproved_) size = size + size_of(report.increment);
  return newest_ && newest_->proved_by ? size + size_of(newest_->increment) : size;
}

}  // namespace cppworker::runner
