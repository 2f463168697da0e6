#include "stats/entry_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace cppworker::stats {
namespace {

std::int64_t timed_requests(const EntryIncrement& entry) {
  return entry.num_requests - entry.num_none_requests;
}

double divided(double value, double by) { return by == 0 ? 0 : value / by; }

}  // namespace

double response_time_percentile(const Counts& response_times, std::int64_t requests, double part) {
  const auto finished = static_cast<std::int64_t>(static_cast<double>(requests) * part);
  std::int64_t seen = 0;
  for (auto item = std::make_reverse_iterator(response_times.end());
       item != std::make_reverse_iterator(response_times.begin()); ++item) {
    seen += item->second;
    if (requests - seen <= finished) return static_cast<double>(item->first) / 1'000;
  }
  return 0;
}

double response_time_percentile(const EntryIncrement& entry, double part) {
  return response_time_percentile(entry.response_times, timed_requests(entry), part);
}

double median_response_time(const EntryIncrement& entry) {
  if (entry.response_times.empty()) return 0;
  const double median = response_time_percentile(entry, 0.5);
  // The histogram is rounded, minimum and maximum are not.
  if (median > entry.max_response_time) return entry.max_response_time;
  return std::max(median, entry.min_response_time.value_or(median));
}

double average_response_time(const EntryIncrement& entry) {
  return divided(entry.total_response_time, static_cast<double>(timed_requests(entry)));
}

double average_content_length(const EntryIncrement& entry) {
  return divided(static_cast<double>(entry.total_content_length),
                 static_cast<double>(entry.num_requests));
}

double fail_ratio(const EntryIncrement& entry) {
  if (entry.num_requests == 0) return entry.num_failures > 0 ? 1 : 0;
  return static_cast<double>(entry.num_failures) / static_cast<double>(entry.num_requests);
}

double total_rate(std::int64_t count, const EntryIncrement& total) {
  if (total.last_request_timestamp.value_or(0) == 0 || total.start_time == 0) return 0;
  return divided(static_cast<double>(count), *total.last_request_timestamp - total.start_time);
}

double current_rate(const Counts& per_second, const EntryIncrement& total) {
  if (!total.last_request_timestamp) return 0;
  constexpr int kBegin = 12;  // seconds before the last request
  constexpr int kEnd = 2;
  const auto last = static_cast<std::int64_t>(*total.last_request_timestamp);
  const std::int64_t begin = std::max(last - kBegin, static_cast<std::int64_t>(total.start_time));
  const std::int64_t end = last - kEnd;
  std::int64_t sum = 0;
  for (auto item = std::make_reverse_iterator(per_second.end());
       item != std::make_reverse_iterator(per_second.begin()) && item->first >= begin; ++item) {
    if (item->first < end) sum += item->second;
  }
  return static_cast<double>(sum) / static_cast<double>(std::max<std::int64_t>(end - begin, 1));
}

}  // namespace cppworker::stats
