#pragma once

#include <cppworker/value.hpp>

#include "app/options.hpp"
#include "app/shard_group.hpp"

namespace cppworker::app {

/// What a run file and a report have about the environment of a run: versions, machine, options,
/// and the locustfile's own arguments. Credentials and secret arguments are masked.
[[nodiscard]] Value::Map run_facts(const Options& options, const UserCode& user_code);

}  // namespace cppworker::app
