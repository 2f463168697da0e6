#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include <cppworker/detail/export.hpp>

namespace cppworker {

namespace detail {
CPPWORKER_EXPORT bool env_bool(std::string_view name, bool default_value);
CPPWORKER_EXPORT std::int64_t env_signed(std::string_view name, std::int64_t default_value,
                                         std::int64_t min, std::int64_t max);
CPPWORKER_EXPORT std::uint64_t env_unsigned(std::string_view name, std::uint64_t default_value,
                                            std::uint64_t max);
CPPWORKER_EXPORT double env_double(std::string_view name, double default_value);
}  // namespace detail

/// The value of an environment variable, like os.environ["NAME"]. Throws KeyError if it is not set.
[[nodiscard]] CPPWORKER_EXPORT std::string env(std::string_view name);

/// The value of an environment variable, or the default if it is not set, like
/// os.environ.get("NAME", "default"). A variable that is set to "" has the value "".
[[nodiscard]] CPPWORKER_EXPORT std::string env(std::string_view name,
                                               std::string_view default_value);

/// The same for a number or a bool, with the type of the default: `env("USERS", 3)`,
/// `env("MAX_WAIT", 2.5)`, `env("VERIFY", true)`. Throws Error with the variable's name and value
/// if the text is not such a number. A bool is written as true/false, yes/no, on/off or 1/0, in
/// either case.
///
/// Class attributes can use it: `inline static const int weight = env("WEIGHT", 3);`. An exception
/// ends the start of the worker with its text.
template <class T>
requires std::is_arithmetic_v<T>
[[nodiscard]] T env(std::string_view name, T default_value) {
  if constexpr (std::same_as<T, bool>) {
    return detail::env_bool(name, default_value);
  } else if constexpr (std::floating_point<T>) {
    return static_cast<T>(detail::env_double(name, static_cast<double>(default_value)));
  } else if constexpr (std::is_signed_v<T>) {
    using Limits = std::numeric_limits<T>;
    return static_cast<T>(detail::env_signed(name, default_value, Limits::min(), Limits::max()));
  } else {
    return static_cast<T>(detail::env_unsigned(name, default_value, std::numeric_limits<T>::max()));
  }
}

}  // namespace cppworker
