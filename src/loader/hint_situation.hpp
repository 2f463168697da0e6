#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/api_names.hpp"
#include "loader/compiler_errors.hpp"
#include "loader/option_hints.hpp"
#include "loader/source_text.hpp"

namespace cppworker::loader {

/// What the `*` of a pattern stand for.
using Captures = std::vector<std::string>;

/// Matches a part of `text`. Each `*` in the pattern stands for any text, as short as possible; at
/// the end of the pattern for the rest.
[[nodiscard]] std::optional<Captures> match(std::string_view text, std::string_view pattern);

/// The error to explain, and what is needed to explain it.
struct Situation {
  const CompilerError& error;
  const Place& place;  ///< in the author's code, if is_own
  bool is_own;
  const SourceText& source;  ///< of place.file
  const ApiNames& api;
  const CheckSource& check;

  [[nodiscard]] std::size_t offset() const { return source.offset(place.line, place.column); }
  [[nodiscard]] std::string_view line() const { return source.line(place.line); }
  /// The source line from the error on.
  [[nodiscard]] std::string_view here() const {
    const auto whole = line();
    const auto begin = offset() - static_cast<std::size_t>(whole.data() - source.text().data());
    return whole.substr(std::min(begin, whole.size()));
  }
  [[nodiscard]] Hint hint(std::string sentence) const { return {place.line, std::move(sentence)}; }
};

/// "Cart" of "shop::Cart".
[[nodiscard]] std::string_view last_part(std::string_view name);
[[nodiscard]] bool contains(std::string_view text, std::string_view part);
template <std::size_t N>
[[nodiscard]] bool is_one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// The class or method of the author that a check in the headers is about.
[[nodiscard]] std::string class_of_error(const CompilerError& error, const SourceText& source);

/// A name that the author may have meant: from the file itself or from the library.
[[nodiscard]] std::string similar_name(const Situation& at, std::string_view name);

}  // namespace cppworker::loader
