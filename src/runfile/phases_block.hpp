#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runfile/records.hpp"

namespace cppworker::runfile {

using EntryKey = stats::Phases::key_type;  ///< name, method

/// The contents of the blocks with phases. A block has as many entries as a reader accepts.
[[nodiscard]] std::vector<std::string> phases_contents(
    const Phases& phases, const std::function<std::int64_t(const EntryKey&)>& number_of);

/// Throws Error, std::logic_error (a member is missing or has another type).
[[nodiscard]] Phases phases_of(const Value& block,
                               const std::function<EntryKey(std::int64_t)>& name_of);

}  // namespace cppworker::runfile
