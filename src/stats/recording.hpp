#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stats/entry_recorder.hpp"
#include "stats/increment.hpp"

namespace cppworker::stats {

/// The name of a failure, shared like EntryName.
struct ErrorName {
  EntryName entry;
  std::string error;
  std::string key;  ///< error_key()
};

struct RecordedError {
  std::shared_ptr<const ErrorName> name;
  std::int64_t occurrences = 0;
  double first_seen = 0;
  double last_seen = 0;
};

/// The values that a shard has recorded between two reports, in the form in which they were
/// recorded, which is cheap to move. The thread that takes them converts them to an increment.
struct Recording {
  std::unique_ptr<EntryRecorder> total;
  std::vector<std::unique_ptr<EntryRecorder>> entries;
  std::vector<RecordedError> errors;
  Precision precision = Precision::kLocust;

  [[nodiscard]] StatsIncrement increment() &&;
};

}  // namespace cppworker::stats
