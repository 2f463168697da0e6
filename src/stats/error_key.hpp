#pragma once

#include <string>
#include <string_view>

namespace cppworker::stats {

/// Locust's `StatsError.parse_error`: masks the address of the first `object at 0x…>` everywhere in
/// the text, so that failures that differ only in that address count as one.
[[nodiscard]] std::string parse_error(std::string_view text);

/// True if parse_error() would change the text. Allocates nothing.
[[nodiscard]] bool has_object_address(std::string_view text) noexcept;

/// The key of a failure in reports: sha256 (lower-case hex) of
/// `f"{method}.{name}.{parse_error(error)!r}"`. Equal failures of Python workers (Locust >= 2.10.2)
/// and of cpp-worker have equal keys and share a row. Invalid UTF-8 counts as U+FFFD.
[[nodiscard]] std::string error_key(std::string_view method, std::string_view name,
                                    std::string_view error);

}  // namespace cppworker::stats
