#pragma once

#include "stats/increment.hpp"
#include "stats/limits.hpp"

namespace cppworker::stats {

/// Whether nothing was measured; such an increment may still say since when (total.start_time).
[[nodiscard]] bool empty(const StatsIncrement& increment);

/// Adds `from` to `into` by the rules of Locust's `StatsEntry.extend` and of its handling of worker
/// reports. Associative and commutative; a default-constructed increment changes nothing, as a
/// start_time of 0 means "not known" (a real 0 would ruin a master's rates for the whole run).
/// Beyond `limits.max_entries` further names and failures go to the row of overflow_name() and
/// overflow_error(): reports that pile up while there is no master stay bounded.
void merge(StatsIncrement& into, StatsIncrement&& from, const Limits& limits = {});

/// Adds `seconds` to all times; those that mean "not known" stay. Where an event falls in its
/// second is not known any more: counts per second move by whole seconds.
void shift_times(StatsIncrement& increment, double seconds);

}  // namespace cppworker::stats
