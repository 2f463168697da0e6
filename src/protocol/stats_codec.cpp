#include "protocol/stats_codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "protocol/value_codec.hpp"

namespace cppworker::protocol {
namespace {

constexpr std::array<std::string_view, 5> kReportKeys = {"stats", "stats_total", "errors",
                                                         "user_classes_count", "user_count"};

void pack_histogram(Packer& packer, const stats::Counts& counts) {
  packer.map(counts.size());
  for (const auto& [key, count] : counts) {
    packer.integer(key);
    packer.integer(count);
  }
}

/// Locust's keys are in milliseconds. Whole ones are sent as integers, as a Python worker does.
void pack_response_times(Packer& packer, const stats::Counts& counts) {
  packer.map(counts.size());
  for (const auto& [key_us, count] : counts) {
    if (key_us % 1000 == 0) {
      packer.integer(key_us / 1000);
    } else {
      packer.real(static_cast<double>(key_us) / 1000);
    }
    packer.integer(count);
  }
}

void pack_optional(Packer& packer, const std::optional<double>& value) {
  // None rather than 0 if it is not finite: a minimum of 0 would stay in the Aggregated row for the
  // whole run.
  if (value && std::isfinite(*value)) {
    packer.real(*value);
  } else {
    packer.nil();
  }
}

/// A Python worker's sum is the integer 0 until a float is added.
void pack_sum(Packer& packer, double value, bool untouched) {
  if (untouched) {
    packer.integer(0);
  } else {
    packer.real(value);
  }
}

void pack_start_time(Packer& packer, double start_time) {
  packer.real(std::isfinite(start_time) && start_time > 0 ? start_time : kUnknownStartTime);
}

void pack_entry(Packer& packer, const stats::EntryIncrement& entry) {
  const bool untimed = entry.num_requests == entry.num_none_requests;
  packer.map(14);
  packer.text("name");
  packer.text(entry.name);
  packer.text("method");
  packer.text(entry.method);
  packer.text("last_request_timestamp");
  pack_optional(packer, entry.last_request_timestamp);
  packer.text("start_time");
  pack_start_time(packer, entry.start_time);
  packer.text("num_requests");
  packer.integer(entry.num_requests);
  packer.text("num_none_requests");
  packer.integer(entry.num_none_requests);
  packer.text("num_failures");
  packer.integer(entry.num_failures);
  packer.text("total_response_time");
  pack_sum(packer, entry.total_response_time, untimed);
  packer.text("max_response_time");
  pack_sum(packer, entry.max_response_time, entry.max_response_time == 0);
  packer.text("min_response_time");
  pack_optional(packer, entry.min_response_time);
  packer.text("total_content_length");
  packer.integer(entry.total_content_length);
  packer.text("response_times");
  pack_response_times(packer, entry.response_times);
  packer.text("num_reqs_per_sec");
  pack_histogram(packer, entry.num_reqs_per_sec);
  packer.text("num_fail_per_sec");
  pack_histogram(packer, entry.num_fail_per_sec);
}

void pack_error(Packer& packer, const stats::ErrorIncrement& error) {
  packer.map(6);
  packer.text("name");
  packer.text(error.name);
  packer.text("method");
  packer.text(error.method);
  packer.text("error");
  packer.text(error.error);
  packer.text("occurrences");
  packer.integer(error.occurrences);
  packer.text("first_seen");
  packer.real(error.first_seen);
  packer.text("last_seen");
  packer.real(error.last_seen);
}

}  // namespace

bool is_report_key(std::string_view key) {
  return std::find(kReportKeys.begin(), kReportKeys.end(), key) != kReportKeys.end();
}

void pack_counts(Packer& packer, const UserClassesCount& counts) {
  packer.map(counts.size());
  for (const auto& [name, count] : counts) {
    packer.text(name);
    packer.integer(count);
  }
}

void pack_stats(Packer& packer, const StatsReport& report) {
  packer.map(kReportKeys.size() + report.added.size());
  packer.text("stats");
  packer.array(report.increment.entries.size());
  for (const auto& [key, entry] : report.increment.entries) {
    pack_entry(packer, entry);
  }
  packer.text("stats_total");
  pack_entry(packer, report.increment.total);
  packer.text("errors");
  packer.map(report.increment.errors.size());
  for (const auto& [key, error] : report.increment.errors) {
    packer.text(key);
    pack_error(packer, error);
  }
  packer.text("user_classes_count");
  pack_counts(packer, report.user_classes_count);
  packer.text("user_count");
  packer.integer(report.user_count);
  for (const auto& [key, value] : report.added) {
    pack_value(packer, key);
    pack_value(packer, value);
  }
}

}  // namespace cppworker::protocol
