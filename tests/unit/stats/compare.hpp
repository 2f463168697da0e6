#pragma once

#include <gtest/gtest.h>

#include "stats/increment.hpp"

namespace cppworker::stats {

inline void expect_same(const EntryIncrement& actual, const EntryIncrement& expected) {
  SCOPED_TRACE("entry '" + expected.method + "' '" + expected.name + "'");
  EXPECT_EQ(actual.name, expected.name);
  EXPECT_EQ(actual.method, expected.method);
  EXPECT_EQ(actual.last_request_timestamp, expected.last_request_timestamp);
  EXPECT_EQ(actual.start_time, expected.start_time);
  EXPECT_EQ(actual.num_requests, expected.num_requests);
  EXPECT_EQ(actual.num_none_requests, expected.num_none_requests);
  EXPECT_EQ(actual.num_failures, expected.num_failures);
  EXPECT_EQ(actual.total_response_time, expected.total_response_time);
  EXPECT_EQ(actual.max_response_time, expected.max_response_time);
  EXPECT_EQ(actual.min_response_time, expected.min_response_time);
  EXPECT_EQ(actual.total_content_length, expected.total_content_length);
  EXPECT_EQ(actual.response_times, expected.response_times);
  EXPECT_EQ(actual.failed_response_times, expected.failed_response_times);
  EXPECT_EQ(actual.num_reqs_per_sec, expected.num_reqs_per_sec);
  EXPECT_EQ(actual.num_fail_per_sec, expected.num_fail_per_sec);
}

/// Compares field by field, so that a difference says where it is.
inline void expect_same(const StatsIncrement& actual, const StatsIncrement& expected) {
  EXPECT_EQ(actual.entries.size(), expected.entries.size());
  for (const auto& [key, entry] : expected.entries) {
    const auto found = actual.entries.find(key);
    ASSERT_NE(found, actual.entries.end()) << key.second << ' ' << key.first;
    expect_same(found->second, entry);
  }
  expect_same(actual.total, expected.total);
  EXPECT_EQ(actual.errors.size(), expected.errors.size());
  for (const auto& [key, error] : expected.errors) {
    const auto found = actual.errors.find(key);
    ASSERT_NE(found, actual.errors.end()) << "no key for " << error.error;
    EXPECT_EQ(found->second.name, error.name);
    EXPECT_EQ(found->second.method, error.method);
    EXPECT_EQ(found->second.error, error.error);
    EXPECT_EQ(found->second.occurrences, error.occurrences);
    EXPECT_EQ(found->second.first_seen, error.first_seen);
    EXPECT_EQ(found->second.last_seen, error.last_seen);
  }
}

}  // namespace cppworker::stats
