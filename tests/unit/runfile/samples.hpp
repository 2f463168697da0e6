#pragma once

#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "runfile/reader.hpp"
#include "runfile/records.hpp"
#include "stats/request_stats.hpp"

/// Made-up contents of run files.
namespace cppworker::runfile::samples {

inline constexpr std::int64_t kStart = 1'700'000'000;

inline Header header() {
  return {.start_time = kStart,
          .max_entries = 10'000,
          .facts = {{"locustfile", "shop.cpp"}, {"threads", 2}}};
}

/// A second in which each entry had `requests` requests, the first of which failed.
class Load {
 public:
  Load(int entries, int requests, stats::Precision precision = stats::Precision::kTwoDigits)
      : entries_(entries), requests_(requests), stats_(kStart, {}, precision) {}

  /// Also measures the phases of the requests.
  void add_phases() { has_phases_ = true; }

  Seconds second(std::int64_t begin) {
    for (int entry = 0; entry < entries_; ++entry) {
      const std::string name = "/shop/item/" + std::to_string(entry);
      for (int request = 0; request < requests_; ++request) {
        const double now = static_cast<double>(begin) + (request + 0.5) / requests_;
        const double ms = response_time_(random_);
        stats_.log_request("GET", name, ms, 1'234, now);
        if (has_phases_) log_phases(name, ms, request == 0, now);
        if (request == 0) stats_.log_error("GET", name, "HTTPError('503 busy')", now, ms);
      }
    }
    return {.begin = begin,
            .increment = stats_.take_increment(static_cast<double>(begin + 1)),
            .state = State{.users = {{"ShopUser", entries_}},
                           .cpu_percent = 12.5,
                           .memory_bytes = 1 << 20,
                           .lag_p99_ms = 0.25,
                           .lag_max_ms = 1.5,
                           .threads = {{.wakeups = {{begin, 50}}, .late = {}, .late_times = {}},
                                       {.wakeups = {{begin, 70}},
                                        .late = {{begin, 3}},
                                        .late_times = {{1'500, 2}, {9'000, 1}},
                                        .max_ms = 8.5}}}};
  }

 private:
  void log_phases(const std::string& name, double ms, bool is_first, double now) {
    stats::PhaseTimes times;
    times.ms = {is_first ? 0.5 : -1, is_first ? 0.25 : -1, -1, 0.01, ms * 0.75, ms * 0.25};
    times.new_connections = is_first ? 1 : 0;
    stats_.log_phases("GET", name, times, now);
  }

  const int entries_;
  const int requests_;
  bool has_phases_ = false;
  stats::RequestStats stats_;
  std::mt19937_64 random_{7};  // NOLINT(cert-msc51-cpp): the same each time
  std::lognormal_distribution<double> response_time_{0.5, 0.6};  // ms
};

inline std::vector<Record> records_of(Reader& reader) {
  std::vector<Record> records;
  while (auto record = reader.next()) records.push_back(std::move(*record));
  return records;
}

}  // namespace cppworker::runfile::samples
