#pragma once

#include <cstdint>
#include <variant>

#include "runner/action_list.hpp"
#include "runner/actions.hpp"

namespace cppworker::runner {

/// Run the tick() of the load shape on shard 0. Answer with ShapeTicked{id}.
struct TickShape {
  std::uint64_t id = 0;
  std::int64_t user_count = 0;  ///< running now
  bool is_first = false;
};

/// Write the table of statistics and the files of the run, from LocalRunner::stats().
struct ReportStats {
  bool prints_table = false;
};

/// The run has ended: write the final tables and files.
struct ReportSummary {};

using LocalAction = std::variant<CollectIncrements, SetTargets, StopUsers, RunHook, ClearStats,
                                 SetEnvironment, SetWorkerIndex, FireSpawningComplete,
                                 DeliverMessage, TickShape, ReportStats, ReportSummary, Log, Exit>;
using LocalActionList = Actions<LocalAction>;

}  // namespace cppworker::runner
