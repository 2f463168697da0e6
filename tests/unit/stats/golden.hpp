#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "stats/increment.hpp"

/// What Locust itself made of the same input (tests/golden/record_stats.py).
namespace cppworker::stats::golden {

using Json = nlohmann::json;

inline const Json& stats() {
  static const Json recorded = [] {
    std::ifstream file(CPPWORKER_GOLDEN_DIR "/locust_stats.json");
    if (!file) {
      throw std::runtime_error("no golden file locust_stats.json");
    }
    return Json::parse(file);
  }();
  return recorded;
}

inline std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

inline Counts counts(const Json& json) {
  Counts result;
  for (const auto& [key, count] : json.items()) {
    result[std::stoll(key)] = count.get<std::int64_t>();
  }
  return result;
}

/// Locust's keys are milliseconds.
inline Counts response_times(const Json& json) {
  Counts result;
  for (const auto& [key_ms, count] : json.items()) {
    result[std::stoll(key_ms) * 1000] = count.get<std::int64_t>();
  }
  return result;
}

inline EntryIncrement entry(const Json& json) {
  EntryIncrement entry;
  entry.name = json.at("name");
  entry.method = json.at("method");
  entry.last_request_timestamp = optional_number(json.at("last_request_timestamp"));
  entry.start_time = json.at("start_time");
  entry.num_requests = json.at("num_requests");
  entry.num_none_requests = json.at("num_none_requests");
  entry.num_failures = json.at("num_failures");
  entry.total_response_time = json.at("total_response_time");
  entry.max_response_time = json.at("max_response_time");
  entry.min_response_time = optional_number(json.at("min_response_time"));
  entry.total_content_length = json.at("total_content_length");
  entry.response_times = response_times(json.at("response_times"));
  entry.num_reqs_per_sec = counts(json.at("num_reqs_per_sec"));
  entry.num_fail_per_sec = counts(json.at("num_fail_per_sec"));
  return entry;
}

inline StatsIncrement increment(const Json& json) {
  StatsIncrement result;
  for (const Json& row : json.at("stats")) {
    EntryIncrement one = entry(row);
    result.entries.emplace(std::pair(one.name, one.method), one);
  }
  result.total = entry(json.at("stats_total"));
  for (const auto& [key, error] : json.at("errors").items()) {
    result.errors.emplace(key, ErrorIncrement{error.at("name"), error.at("method"),
                                              error.at("error"), error.at("occurrences"),
                                              error.at("first_seen"), error.at("last_seen")});
  }
  return result;
}

}  // namespace cppworker::stats::golden
