#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "loader/api_names.hpp"
#include "loader/source_text.hpp"

namespace cppworker::loader {

/// A sentence about a line of the author's file.
struct Hint {
  std::size_t line = 0;  ///< 0: unknown
  std::string sentence;
};

/// Checks a changed copy of the source for errors. Returns the compiler's plain_text().
using CheckSource = std::function<std::string(const std::string& changed)>;

/// Finds the mistake in the options, in braces, of a call or macro: an unknown name, a wrong order
/// or a value of a wrong type. The compiler itself only reports that the braces do not fit.
/// @param type the struct that the braces initialise: "cppworker::RequestOptions"
/// @param call offset at or before the call's opening parenthesis
[[nodiscard]] std::optional<Hint> explain_options(const SourceText& source, std::string_view type,
                                                  std::size_t call, const ApiNames& api,
                                                  const CheckSource& check);

/// The sentence about an option that a struct does not have; with the name that was meant, if one
/// is similar.
[[nodiscard]] std::string unknown_option(std::string_view type, std::string_view name,
                                         const ApiNames& api);

/// What to write for an option: ".timeout = 5s"; "" if it is not in the table.
[[nodiscard]] std::string_view example_of_option(std::string_view type, std::string_view name);

/// The option whose value is at `offset`: "timeout" in `{.timeout = 5}`; "" if there is none.
[[nodiscard]] std::string option_at(const SourceText& source, std::size_t offset);

}  // namespace cppworker::loader
