#include "loader/brace_hints.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "loader/name_hints.hpp"
#include "loader/option_hints.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {

std::optional<Hint> braces(const Situation& at, const Captures& captures) {
  if (!at.is_own) return std::nullopt;
  return explain_options(at.source, captures[0], at.offset(), at.api, at.check);
}

std::optional<Hint> ambiguous_braces(const Situation& at, const Captures& /*captures*/) {
  return braces(at, {"RequestOptions"});
}

std::optional<Hint> order_of_options(const Situation& at, const Captures& captures) {
  // The call's parenthesis is at the error or before the braces.
  auto hint = braces(at, {captures[1]});
  if (hint || !at.is_own) return hint;
  return at.hint(fmt::format(".{} is in the wrong place: options must be in the order of {}",
                             last_part(captures[0]), captures[1]));
}

std::optional<Hint> unknown_member_of_braces(const Situation& at, const Captures& captures) {
  return at.hint(unknown_option(captures[0], captures[1], at.api));
}

std::optional<Hint> narrowing(const Situation& at, const Captures& captures) {
  const auto option = option_at(at.source, at.offset());
  if (option.empty()) return std::nullopt;
  static_cast<void>(captures);
  const auto value = match(at.line(), "." + option + " = *}");
  const auto shown = value ? value->front().substr(0, value->front().find(',')) : "…";
  return at.hint(fmt::format(".{} = {}: .{} takes a whole number: write .{} = 3", option, shown,
                             option, option));
}

std::optional<Hint> pair_without_braces(const Situation& at, const Captures& /*captures*/) {
  const auto& source = at.source;
  for (const std::string_view option : {"headers", "params", "form", "cookies", "context"}) {
    for (auto word = source.find_word(option); word != std::string_view::npos;
         word = source.find_word(option, word + 1)) {
      const auto open = source.code().find_first_not_of(" =\n", word + option.size());
      if (open == std::string_view::npos || source.code()[open] != '{') continue;
      const auto close = source.closing(open);
      const auto parts = close == std::string_view::npos
                             ? std::vector<std::pair<std::size_t, std::size_t>>{}
                             : source.parts(open, close);
      if (parts.size() != 2 || source.code()[parts[0].first] == '{') continue;
      return Hint{source.line_of(open),
                  fmt::format(".{} takes pairs in braces: write .{} = {{{{{}, {}}}}}", option,
                              option, source.part(parts[0]), source.part(parts[1]))};
    }
  }
  return std::nullopt;
}

std::optional<Hint> colon(const Situation& at, const Captures& /*captures*/) {
  if (auto python = python_text(at)) return python;
  const auto offset = at.offset();
  const auto before = text::trimmed(at.source.text().substr(0, offset));
  if (!before.ends_with('"')) return std::nullopt;
  const auto quote = before.rfind('"', before.size() - 2);
  if (quote == std::string_view::npos) return std::nullopt;
  const std::string key(before.substr(quote + 1, before.size() - quote - 2));
  auto value = at.source.text().substr(std::min(offset + 1, at.source.text().size()));
  value = text::trimmed(value.substr(0, std::min(value.find_first_of(",}\n"), value.size())));
  const auto option = option_at(at.source, offset);
  if (!option.empty()) {
    return at.hint(
        fmt::format("\"{}\": C++ has no dicts with a colon: write .{} = {{{{\"{}\", {}}}}}", key,
                    option, key, value));
  }
  if (!example_of_option("RequestOptions", key).empty()) {
    return at.hint(
        fmt::format("\"{}\": options have no quotes: write {{.{} = {}}}", key, key, value));
  }
  return at.hint(
      fmt::format("\"{}\": C++ has no dicts with a colon: write {{\"{}\", {}}}", key, key, value));
}

std::optional<Hint> not_options(const Situation& at, const Captures& captures) {
  if (captures[0].empty()) return std::nullopt;
  if (contains(captures[0], "lambda")) {
    return at.hint(
        "the check is the third argument: write {} before it, as in client().get(\"/\", {}, "
        "[](CatchResponse& response) { … })");
  }
  if (contains(captures[0], "brace-enclosed")) return braces(at, {captures[1]});
  return at.hint(fmt::format(
      "{} is not the options of a request: write them in braces, as in {{.name = \"/item/[id]\"}}",
      contains(captures[0], "char")
          ? text::trimmed(at.here().substr(0, at.here().find_first_of(",)")))
          : std::string_view(captures[0])));
}

}  // namespace cppworker::loader
