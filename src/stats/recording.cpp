#include "stats/recording.hpp"

#include <utility>

namespace cppworker::stats {

StatsIncrement Recording::increment() && {
  StatsIncrement increment;
  for (const auto& recorder : entries) {
    EntryIncrement entry = std::move(*recorder).increment(precision);
    std::pair key(entry.name, entry.method);
    if (recorder->phases() != nullptr) {
      increment.phases.emplace(key, recorder->phases()->phases(precision));
    }
    increment.entries.emplace(std::move(key), std::move(entry));
  }
  if (total) {
    increment.total = std::move(*total).increment(precision);
  }
  for (const RecordedError& error : errors) {
    const ErrorName& name = *error.name;
    increment.errors.emplace(
        name.key, ErrorIncrement{name.entry.name, name.entry.method, name.error, error.occurrences,
                                 error.first_seen, error.last_seen});
  }
  return increment;
}

}  // namespace cppworker::stats
