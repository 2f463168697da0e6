#include "stats/merge.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "stats/entry_recorder.hpp"
#include "stats/error_key.hpp"

namespace cppworker::stats {
namespace {

void keep_max(std::optional<double>& into, const std::optional<double>& from) {
  into = into && from ? std::max(*into, *from) : (from ? from : into);
}

void keep_min(std::optional<double>& into, const std::optional<double>& from) {
  into = into && from ? std::min(*into, *from) : (from ? from : into);
}

double earlier_known(double a, double b) {
  if (a <= 0 || b <= 0) {
    return std::max(a, b);
  }
  return std::min(a, b);
}

/// Adds the seconds of a report to those of a run. They are few and usually the newest ones: the
/// others need not be moved.
template <class From>
void add_seconds(Counts& into, From&& from) {
  constexpr std::size_t kFew = 8;
  if (into.empty() || from.size() > kFew) return into.add(std::forward<From>(from));
  for (const auto& [second, count] : from) into[second] += count;
}

/// @param from a const reference, or a reference whose counts may be moved
template <class From>
void extend_entry(EntryIncrement& into, From&& from) {
  CHECK(from.num_requests >= 0 && from.num_failures >= 0);
  keep_max(into.last_request_timestamp, from.last_request_timestamp);
  into.start_time = earlier_known(into.start_time, from.start_time);
  into.num_requests += from.num_requests;
  into.num_none_requests += from.num_none_requests;
  into.num_failures += from.num_failures;
  into.total_response_time += from.total_response_time;
  into.max_response_time = std::max(into.max_response_time, from.max_response_time);
  keep_min(into.min_response_time, from.min_response_time);
  into.total_content_length = saturating_add(into.total_content_length, from.total_content_length);
  into.response_times.add(std::forward<From>(from).response_times);
  into.failed_response_times.add(std::forward<From>(from).failed_response_times);
  add_seconds(into.num_reqs_per_sec, std::forward<From>(from).num_reqs_per_sec);
  add_seconds(into.num_fail_per_sec, std::forward<From>(from).num_fail_per_sec);
}

void extend(ErrorIncrement& into, const ErrorIncrement& from) {
  CHECK(from.occurrences >= 0);
  into.occurrences += from.occurrences;
  into.first_seen = earlier_known(into.first_seen, from.first_seen);
  into.last_seen = std::max(into.last_seen, from.last_seen);
}

using Entries = std::map<std::pair<std::string, std::string>, EntryIncrement>;

/// `place` if it has the key. Increments often have the same names, in the same order.
Entries::iterator find_near(Entries& entries, Entries::iterator place,
                            const Entries::key_type& key) {
  return place != entries.end() && place->first == key ? place : entries.find(key);
}

/// Inserts an entry whose name is not there; adds it to the one for other names if there are too
/// many names.
Entries::iterator insert_new(StatsIncrement& into, Entries::node_type&& from,
                             const Limits& limits) {
  if (into.entries.size() >= limits.max_entries) {
    from.key() = {overflow_name(limits), ""};
    from.mapped().name = from.key().first;
    from.mapped().method.clear();
    const auto other = into.entries.find(from.key());
    if (other != into.entries.end()) {
      extend_entry(other->second, std::move(from.mapped()));
      return other;
    }
  }
  return into.entries.insert(std::move(from)).position;
}

void merge_error(StatsIncrement& into, std::string key, ErrorIncrement&& from,
                 const Limits& limits) {
  auto found = into.errors.find(key);
  if (found == into.errors.end() && into.errors.size() >= limits.max_entries) {
    from.name = kOtherFailures;
    from.method.clear();
    from.error = overflow_error(limits);
    key = error_key(from.method, from.name, from.error);
    found = into.errors.find(key);
  }
  if (found == into.errors.end()) {
    into.errors.emplace(std::move(key), std::move(from));
  } else {
    extend(found->second, from);
  }
}

void shift(double& time, double seconds) { time = time > 0 ? time + seconds : time; }

void shift(Counts& per_second, std::int64_t seconds) {
  Counts shifted;
  shifted.reserve(per_second.size());
  for (const auto& [second, count] : per_second) shifted[second + seconds] = count;
  per_second = std::move(shifted);
}

void shift(EntryIncrement& entry, double seconds) {
  shift(entry.start_time, seconds);
  if (entry.last_request_timestamp) shift(*entry.last_request_timestamp, seconds);
  shift(entry.num_reqs_per_sec, std::llround(seconds));
  shift(entry.num_fail_per_sec, std::llround(seconds));
}

}  // namespace

void shift_times(StatsIncrement& increment, double seconds) {
  shift(increment.total, seconds);
  for (auto& [key, entry] : increment.entries) shift(entry, seconds);
  for (auto& [key, error] : increment.errors) {
    shift(error.first_seen, seconds);
    shift(error.last_seen, seconds);
  }
}

void extend(EntryIncrement& into, EntryIncrement&& from) { extend_entry(into, std::move(from)); }
void extend(EntryIncrement& into, const EntryIncrement& from) { extend_entry(into, from); }

void merge(Phases& into, Phases&& from, const Limits& limits) {
  for (auto& [name, entry] : from) {
    auto key = name;
    if (into.size() >= limits.max_entries && !into.contains(key)) key = {overflow_name(limits), ""};
    extend(into[std::move(key)], std::move(entry));
  }
}

bool empty(const StatsIncrement& increment) {
  return increment.entries.empty() && increment.errors.empty() &&
         increment.total.num_requests == 0 && increment.total.num_failures == 0;
}

void merge(StatsIncrement& into, StatsIncrement&& from, const Limits& limits) {
  CHECK(&into != &from);
  auto place = into.entries.begin();
  for (auto next = from.entries.begin(); next != from.entries.end();) {
    const auto entry = next++;
    place = find_near(into.entries, place, entry->first);
    if (place != into.entries.end()) {
      extend_entry(place->second, std::move(entry->second));
    } else {
      place = insert_new(into, from.entries.extract(entry), limits);
    }
    ++place;
  }
  for (auto& [key, error] : from.errors) {
    merge_error(into, key, std::move(error), limits);
  }
  merge(into.phases, std::move(from.phases), limits);
  if (into.total.name.empty()) {
    into.total.name = from.total.name;
  }
  extend_entry(into.total, std::move(from.total));
}

}  // namespace cppworker::stats
