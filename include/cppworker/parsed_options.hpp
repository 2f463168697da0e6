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
// Each throws std::invalid_argument, with the option's name, for a value that can't be read so.
CPPWORKER_EXPORT bool option_as_bool(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::int64_t option_as_int64(const Value& options, std::string_view name);
CPPWORKER_EXPORT double option_as_double(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::string option_as_string(const Value& options, std::string_view name);
CPPWORKER_EXPORT std::vector<std::string> option_as_strings(const Value& options,
                                                            std::string_view name);
}  // namespace detail

/// Locust's `environment.parsed_options` on a worker: what the master's command line and web UI
/// say, over the locustfile's own defaults and this worker's command line. A view: valid until the
/// next spawn; copy what must last longer.
class ParsedOptions {
 public:
  explicit ParsedOptions(const Value& options) : options_(&options) {}

  /// An option by Python's name for it ("my_argument" for --my-argument), as a bool, an integer, a
  /// double, a std::string or a std::vector<std::string>. A number in a text is read; None is
  /// false, 0, "" or {}. Throws std::invalid_argument for an unknown name or an unfitting value.
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

  /// The option as it came; nullptr if there is none of that name.
  [[nodiscard]] const Value* find(std::string_view name) const { return options_->find(name); }

  /// All of them: a map, or None before the first spawn when the locustfile declares no arguments.
  [[nodiscard]] const Value& all() const { return *options_; }

 private:
  const Value* options_;  // not owned
};

}  // namespace cppworker
