#include "loader/literal_sums.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "loader/compiler_errors.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

/// A text in quotes and what is added to it.
struct Sum {
  std::size_t open = 0;   ///< of the opening quote
  std::size_t close = 0;  ///< of the closing quote
  std::string_view other;
  bool literal_is_first = true;
};

std::string_view operand_after(std::string_view code, std::size_t begin) {
  const auto end = code.find_first_of("+,;){}\n?", begin);
  const auto text =
      code.substr(begin, end == std::string_view::npos ? std::string_view::npos : end - begin);
  return text::trimmed(text);
}

std::string_view operand_before(std::string_view code, std::size_t end) {
  auto begin = end;
  while (begin > 0 && (is_word_character(code[begin - 1]) || code[begin - 1] == '.')) --begin;
  return code.substr(begin, end - begin);
}

std::vector<Sum> sums(const SourceText& source) {
  std::vector<Sum> found;
  const auto code = source.code();
  for (auto open = code.find('"'); open != std::string_view::npos; open = code.find('"', open)) {
    const auto close = code.find('"', open + 1);
    if (close == std::string_view::npos) break;
    if (open > 0 && is_word_character(code[open - 1])) {  // R"(…)"
      open = close + 1;
      continue;
    }
    const auto next = code.find_first_not_of(" \n", close + 1);
    if (next != std::string_view::npos && code[next] == '+' && code.substr(next, 2) != "++") {
      found.push_back({open, close, operand_after(code, next + 1), true});
    }
    const auto last = open == 0 ? std::string_view::npos : code.find_last_not_of(" \n", open - 1);
    if (last != std::string_view::npos && last > 0 && code[last] == '+' && code[last - 1] != '+') {
      const auto end = code.find_last_not_of(" \n", last - 1);
      if (end != std::string_view::npos)
        found.push_back({open, close, operand_before(code, end + 1), false});
    }
    open = close + 1;
  }
  return found;
}

/// Whether the source declares the name as a whole number somewhere.
bool is_declared_as_number(const SourceText& source, std::string_view name) {
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"int", "long", "short", "unsigned", "size_t", "int64_t", "uint64_t", "int32_t", "uint32_t"});
  for (auto at = source.find_word(name); at != std::string_view::npos;
       at = source.find_word(name, at + 1)) {
    const auto before = text::trimmed(source.code().substr(0, at));
    for (const auto type : kTypes) {
      if (before.ends_with(type) && (before.size() == type.size() ||
                                     !is_word_character(before[before.size() - type.size() - 1]))) {
        return true;
      }
    }
    const auto value = text::trimmed(source.code().substr(at + name.size(), 40));
    if (before.ends_with("auto") && value.starts_with('=')) {
      const auto first = text::trimmed(value.substr(1));
      if (first.starts_with("randint(") || (!first.empty() && first[0] >= '0' && first[0] <= '9')) {
        return true;
      }
    }
  }
  return false;
}

/// Decides by the text alone, so some of these are not numbers.
bool looks_like_number(const SourceText& source, std::string_view operand) {
  if (operand.empty()) return false;
  if (operand[0] >= '0' && operand[0] <= '9') return true;
  if (operand.starts_with("randint(") || operand.ends_with(".size()") ||
      operand.ends_with(".status_code") || operand.starts_with("static_cast<int>")) {
    return true;
  }
  const bool is_name = std::all_of(operand.begin(), operand.end(), is_word_character);
  return is_name && is_declared_as_number(source, operand);
}

}  // namespace

std::optional<Hint> find_number_added_to_literal(const SourceText& source,
                                                 const CheckSource& check) {
  const auto all = sums(source);
  if (std::none_of(all.begin(), all.end(),
                   [&](const Sum& sum) { return looks_like_number(source, sum.other); })) {
    return std::nullopt;
  }
  // The sum of a std::string and a number is an error, that of std::strings is not.
  constexpr std::string_view kMarker = "cppworker-sums";
  std::string changed = fmt::format("#line 1 \"{}\"\n", kMarker);
  std::size_t copied = 0;
  for (const auto& sum : all) {
    if (sum.open < copied) continue;  // the same text, with sums on both sides
    changed += source.text().substr(copied, sum.open - copied);
    changed +=
        fmt::format("std::string({})", source.text().substr(sum.open, sum.close + 1 - sum.open));
    copied = sum.close + 1;
  }
  changed += source.text().substr(copied);
  for (const auto& error : parse_errors(check(changed))) {
    if (error.place.file != kMarker || error.text.find("operator+") == std::string::npos) continue;
    for (const auto& sum : all) {
      if (source.line_of(sum.open) != error.place.line) continue;
      if (!looks_like_number(source, sum.other)) continue;
      const auto literal = source.text().substr(sum.open, sum.close + 1 - sum.open);
      return Hint{
          error.place.line,
          sum.literal_is_first
              ? fmt::format("{} + {}: a number is not added to a text in quotes: write {} + "
                            "std::to_string({})",
                            literal, sum.other, literal, sum.other)
              : fmt::format("{} + {}: a text in quotes is not added to a number: write "
                            "std::to_string({}) + {}",
                            sum.other, literal, sum.other, literal)};
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::loader
