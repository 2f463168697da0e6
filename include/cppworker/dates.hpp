#pragma once

#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>

namespace cppworker {

/// The Unix time of the system clock in seconds, like time.time().
[[nodiscard]] CPPWORKER_EXPORT double unix_time();

/// A Unix time in UTC, like datetime.fromtimestamp(seconds, timezone.utc).strftime(format): the
/// conversions of strftime in the C locale, and %f for six digits of microseconds. Throws Error if
/// the time is not in the years 1 to 9999.
[[nodiscard]] CPPWORKER_EXPORT std::string format_utc(double seconds, std::string_view format);

/// The time of the system clock in UTC: `utc_now("%Y-%m-%dT%H:%M:%SZ")`. See format_utc().
[[nodiscard]] CPPWORKER_EXPORT std::string utc_now(std::string_view format);

}  // namespace cppworker
