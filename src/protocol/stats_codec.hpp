#pragma once

#include <string_view>

#include "protocol/messages.hpp"
#include "protocol/packer.hpp"

namespace cppworker::protocol {

/// Sent for an unknown start_time (2100-01-01). The master keeps the earliest start_time, so this
/// one has no effect, while 0 would make the rates of the whole run wrong.
inline constexpr double kUnknownStartTime = 4'102'444'800.0;

/// Packs {class name: number of users}.
void pack_counts(Packer& packer, const UserClassesCount& counts);

/// Packs the data of a `stats` message: {stats, stats_total, errors, user_classes_count,
/// user_count}, with the fields, field types and order of a Python worker, then report.added.
void pack_stats(Packer& packer, const StatsReport& report);

/// True if Locust's own `stats` message has a field with this name.
[[nodiscard]] bool is_report_key(std::string_view key);

}  // namespace cppworker::protocol
