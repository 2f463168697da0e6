#include "loader/syntax_hints.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "loader/brace_hints.hpp"
#include "loader/name_hints.hpp"
#include "loader/source_text.hpp"
#include "text/did_you_mean.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {

std::optional<Hint> missing_semicolon(const Situation& at, const Captures& captures) {
  if (auto python = python_text(at)) return python;
  auto line = at.place.line;
  const auto before = at.source.code().substr(0, at.offset());
  const auto end = before.find_last_not_of(" \t\r\n");
  if (end != std::string_view::npos) line = static_cast<unsigned>(at.source.line_of(end));
  const auto text = text::trimmed(at.source.line(line));
  static_cast<void>(captures);
  return Hint{line,
              fmt::format("`{}`: a `;` is missing at the end",
                          line == at.place.line ? text::trimmed(at.source.text().substr(
                                                      before.find_last_of("{};\n", end) + 1,
                                                      end - before.find_last_of("{};\n", end)))
                                                : text)};
}

/// The code between the end of a class and the macro or class that follows it.
std::optional<Hint> missing_semicolon_of_class(const Situation& at, const Captures& /*captures*/) {
  const auto before = text::trimmed(at.source.code().substr(0, at.offset()));
  if (!before.ends_with('}')) return std::nullopt;
  const auto line = at.source.line_of(
      before.size() - 1 + static_cast<std::size_t>(before.data() - at.source.code().data()));
  return Hint{line, "a `;` is missing after the class: write `};`"};
}

std::optional<Hint> open_brace(const Situation& at, const Captures& /*captures*/) {
  const auto line = at.source.line_of_open_brace();
  if (line == 0) return std::nullopt;
  return Hint{line,
              fmt::format("`{}`: this brace is not closed: write `}}` at the end of the block",
                          text::trimmed(at.source.line(line)))};
}

std::optional<Hint> open_quote(const Situation& at, const Captures& /*captures*/) {
  return at.hint(fmt::format("`{}`: this text is not closed: write `\"` at its end",
                             text::trimmed(at.here())));
}

std::optional<Hint> misspelled_macro(const Situation& at, const Captures& /*captures*/) {
  for (auto number = at.place.line; number > 0; --number) {
    const auto line = text::trimmed(at.source.code_line(number));
    if (line.empty()) continue;
    const auto name = line.substr(0, line.find('('));
    if (name == line || std::any_of(name.begin(), name.end(), [](char c) {
          return !is_word_character(c) || (c >= 'a' && c <= 'z');
        })) {
      return std::nullopt;
    }
    const std::array<std::string, 3> macros{"CPPWORKER_LOCUSTFILE", "CPPWORKER_INIT",
                                            "CPPWORKER_ARGUMENTS"};
    auto meant = text::most_similar(name, macros, 6);
    if (meant.empty() && contains(name, "LOCUST")) meant = macros[0];
    if (meant.empty()) return std::nullopt;
    if (meant == name) return std::nullopt;
    return Hint{number,
                fmt::format("{} is not a macro of cpp-worker: did you mean {}?", name, meant)};
  }
  return std::nullopt;
}

std::optional<Hint> expected_parenthesis(const Situation& at, const Captures& captures) {
  const auto& token = captures[0];
  if (auto python = python_text(at)) return python;
  if (token == "task" || token == "tasks_of") {
    return at.hint(
        fmt::format("a comma is missing before `{}`: write task_list(task<…>(), "
                    "task<…>())",
                    text::trimmed(at.here())));
  }
  if (token == "in") {
    const auto before = text::trimmed(at.line().substr(0, at.line().size() - at.here().size()));
    const auto text = before.substr(std::min(before.rfind('('), before.size() - 1) + 1);
    const auto inside = text::trimmed(at.here().substr(std::min<std::size_t>(2, at.here().size())));
    const auto where = inside.substr(0, inside.find_first_of(") "));
    return at.hint(
        fmt::format("`in` is Python: write {}.find({}) != std::string::npos", where, text));
  }
  if (token == ";") {
    return at.hint(fmt::format("`{}`: a `)` is missing", text::trimmed(at.line())));
  }
  return std::nullopt;
}

std::optional<Hint> expected_expression(const Situation& at, const Captures& captures) {
  const auto& token = captures[0];
  if (auto python = python_text(at)) return python;
  const auto before = text::trimmed(at.source.code().substr(0, at.offset()));
  if (token == ")" && before.ends_with(',')) {
    return at.hint("a comma before `)`: delete the last comma");
  }
  if (token == "." && contains(at.here(), "=")) {
    return at.hint(fmt::format("`{}`: options are in braces: write {{{}}}",
                               text::trimmed(at.here().substr(0, at.here().find(')'))),
                               text::trimmed(at.here().substr(0, at.here().find(')')))));
  }
  if (token == ";") {
    if (const auto found = match(at.line(), "throw *;")) {
      return at.hint(fmt::format("throw {}: write throw {}{{}};", found->front(), found->front()));
    }
  }
  if (token == "]" || token == "[") {
    return at.hint(
        fmt::format("`{}`: C++ has no lists in []: write {{a, b}}", text::trimmed(at.line())));
  }
  return std::nullopt;
}

std::optional<Hint> python_line(const Situation& at, const Captures& /*captures*/) {
  return python_text(at);
}

std::optional<Hint> keyword_as_name(const Situation& at, const Captures& captures) {
  if (captures[0] != "delete") return std::nullopt;
  return at.hint("delete is a keyword of C++: write client().delete_(\"/\")");
}

}  // namespace cppworker::loader
