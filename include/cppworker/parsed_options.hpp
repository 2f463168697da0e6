#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

namespace detail {
// Each throws std::invalid_argument, with the option's name, if the value does not convert.
CPPWORKER_EXPORT bool option_as_bool(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::int64_t option_as_int64(const Value& options, std::string_view name);
CPPWORKER_EXPORT double option_as_double(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::string option_as_string(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::vector<std::string> option_as_strings(const Value& options,
                                                            std::string_view name);
}  // namespace detail

/// Locust's `environment.parsed_options` on a worker. Values from the master's command line and web
/// UI override those of this worker's command line and the locustfile's defaults. This is a view,
/// valid until the next spawn; copy values that you need longer.
class ParsedOptions {
 public:
  explicit ParsedOptions(const Value& options) : options_(&options) {}

  /// The value of an option, by its Python name ("my_argument" for --my-argument), as a bool, an
  /// integer, a double, a std::string or a std::vector<std::string>. A text that holds a number
  /// converts to it. None converts to false, 0, "" or {}. Throws std::invalid_argument if the name
  /// is unknown or the value does not convert.
  template <class T>
  [[nodiscard]] T get(std::string_view name) const {
    if constexpr (std::is_same_v<T, bool>) {
      return detail::option_as_bool(*options_, name);
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(detail::option_as_int64(*options_, name));
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(detail::option_as_double(*options_, name));
    } else if constexpr (std::is_same_v<T, std::string>) {
      return detail::option_as_string(*options_, name);
    } else {
      static_assert(std::is_same_v<T, std::vector<std::string>>,
                    "get<T>(): T is bool, an integer, double, std::string or "
                    "std::vector<std::string>");
      return detail::option_as_strings(*options_, name);
    }
  }

  /// The option as received; nullptr if there is none with that name. Valid until the next spawn.
  [[nodiscard]] const Value* find(std::string_view name) const { return options_->find(name); }

  /// All options: a map, or None before the first spawn if the locustfile declares no arguments.
  [[nodiscard]] const Value& all() const { return *options_; }

 private:
  const Value* options_;  // not owned
};

}  // namespace cppworker
