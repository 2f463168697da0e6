#pragma once

#include <string>
#include <string_view>

namespace cppworker::stats {

/// Locust's `StatsError.parse_error` of a text: the address in the first `object at 0x…>` is masked
/// (wherever it appears), so that failures that differ in it alone are one.
[[nodiscard]] std::string parse_error(std::string_view text);

/// Whether parse_error() would change anything; allocates nothing.
[[nodiscard]] bool has_object_address(std::string_view text) noexcept;

/// The key under which a failure travels: sha256 (lower-case hex) of
/// `f"{method}.{name}.{parse_error(error)!r}"`. Equal failures of Python workers (Locust >= 2.10.2)
/// and ours get equal keys and hence share a row. Invalid UTF-8 counts as U+FFFD.
[[nodiscard]] std::string error_key(std::string_view method, std::string_view name,
                                    std::string_view error);

}  // namespace cppworker::stats
