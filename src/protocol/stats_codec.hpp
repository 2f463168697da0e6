#pragma once

#include <string_view>

#include "protocol/messages.hpp"
#include "protocol/packer.hpp"

namespace cppworker::protocol {

/// A start_time that is not known goes out as this (2100-01-01): the master keeps the earliest, so
/// it has no effect, while a 0 would ruin the rates of the whole run.
inline constexpr double kUnknownStartTime = 4'102'444'800.0;

/// Packs {class name: number of users}.
void pack_counts(Packer& packer, const UserClassesCount& counts);

/// Packs the data of a `stats` message: {stats, stats_total, errors, user_classes_count,
/// user_count}, with the fields, field types and order of a Python worker, then what was added.
void pack_stats(Packer& packer, const StatsReport& report);

/// Whether a `stats` message has a field of this name by itself.
[[nodiscard]] bool is_report_key(std::string_view key);

}  // namespace cppworker::protocol
