#pragma once

#include "stats/increment.hpp"
#include "stats/limits.hpp"

namespace cppworker::stats {

/// True if nothing was measured. Such an increment may still have a total.start_time.
[[nodiscard]] bool empty(const StatsIncrement& increment);

/// Adds `from` to `into` by the rules of Locust's `StatsEntry.extend` and of its handling of worker
/// reports. Associative and commutative. A default-constructed increment changes nothing: a
/// start_time of 0 means "not known" (a real 0 would make a master's rates wrong for the whole
/// run). Above `limits.max_entries`, further names and failures go to the rows of overflow_name()
/// and overflow_error(). So reports that accumulate without a master have a bounded size.
void merge(StatsIncrement& into, StatsIncrement&& from, const Limits& limits = {});

/// The same for phases.
void merge(Phases& into, Phases&& from, const Limits& limits = {});

/// Adds the values of one entry to those of another one, by the same rules.
void extend(EntryIncrement& into, EntryIncrement&& from);
void extend(EntryIncrement& into, const EntryIncrement& from);

/// Adds `seconds` to all times, except those that mean "not known". Counts per second are moved by
/// whole seconds, because the exact time of each event within its second is not recorded.
void shift_times(StatsIncrement& increment, double seconds);

}  // namespace cppworker::stats
