#include "loader/expression_hints.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "loader/name_hints.hpp"
#include "loader/source_text.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

constexpr std::array kUnits = std::to_array<std::string_view>({"s", "ms", "min", "h", "us", "ns"});

std::string_view word_before(const Situation& at) {
  auto end = at.offset();
  const auto code = at.source.code();
  while (end > 0 && !is_word_character(code[end - 1])) --end;
  auto begin = end;
  while (begin > 0 && is_word_character(code[begin - 1])) --begin;
  return at.source.text().substr(begin, end - begin);
}

bool is_number_type(std::string_view type) {
  constexpr auto kNumbers = std::to_array<std::string_view>(
      {"int",           "long int",      "long",     "unsigned int",  "long unsigned int",
       "double",        "float",         "short",    "size_t",        "std::size_t",
       "unsigned long", "long long",     "unsigned", "int64_t",       "uint64_t",
       "std::int64_t",  "std::uint64_t", "int32_t",  "long long int", "long long unsigned int"});
  if (type.starts_with("const ")) type.remove_prefix(6);
  return is_one_of(type, kNumbers);
}

}  // namespace

std::optional<Hint> not_callable(const Situation& at, const Captures& /*captures*/) {
  const auto name = word_before(at);
  return at.hint(fmt::format("{} is not a function: write {} without ()", name, name));
}

std::optional<Hint> subscript_of_function(const Situation& at, const Captures& /*captures*/) {
  auto end = at.offset();
  const auto code = at.source.code();
  if (const auto bracket = code.rfind('[', end); bracket != std::string_view::npos) end = bracket;
  auto begin = end;
  while (begin > 0 && is_word_character(code[begin - 1])) --begin;
  const auto name = at.source.text().substr(begin, end - begin);
  return at.hint(fmt::format("{} is a function: write {}()[…]", name, name));
}

std::optional<Hint> module_of_python(const Situation& at, const Captures& captures) {
  const auto& [member, name] = std::pair{captures[0], captures[1]};
  if (contains(name, "this")) {
    return at.hint(fmt::format("this is a pointer: write {}() alone, or this->{}", member, member));
  }
  if (const auto instead = written_in_cpp(name); !instead.empty()) {
    return at.hint(fmt::format("{}.{} is Python: {}", name, member, instead));
  }
  return std::nullopt;
}

std::optional<Hint> member_of_pointer(const Situation& at, const Captures& captures) {
  if (auto module = module_of_python(at, captures)) return module;
  return at.hint(fmt::format("{} is a pointer: write ->{} instead of .{}", captures[1], captures[0],
                             captures[0]));
}

std::optional<Hint> value_to(const Situation& at, const Captures& captures) {
  auto type = captures[0];
  if (type.starts_with("const ")) type = type.substr(6);
  if (type.find("basic_string") != std::string::npos || type.find("Text") != std::string::npos) {
    type = "std::string";
  }
  return at.hint(
      fmt::format("a JSON value does not convert by itself: write .get<{}>() after it", type));
}

std::optional<Hint> no_sum(const Situation& at, const Captures& captures) {
  const auto& left = captures[0];
  auto right = captures[1];
  const auto here = at.source.text().substr(at.offset());
  const auto operand = here.starts_with('+')
                           ? text::trimmed(here.substr(1, here.find_first_of("+;,)\n}", 1) - 1))
                           : std::string_view{};
  const auto shown = operand.empty() ? std::string_view("number") : operand;
  if (is_number_type(right)) {
    return at.hint(
        fmt::format("{} is a number and can't be added to a text: write + "
                    "std::to_string({})",
                    shown, shown));
  }
  if (is_number_type(left)) {
    return at.hint("a number can't be added to a text: write std::to_string(number) + …");
  }
  if (contains(right, "string_view") || contains(left, "string_view")) {
    return at.hint(fmt::format("{} can't be added: write std::string(view) + …",
                               contains(right, "string_view") ? shown : "a std::string_view"));
  }
  if (contains(right, "Value") || contains(left, "Value")) {
    return at.hint(fmt::format("{} is a JSON value: write .get<std::string>() after it",
                               contains(right, "Value") ? shown : "the left side"));
  }
  if (contains(left, "char [") && contains(right, "char [")) {
    return at.hint(
        fmt::format("{}: two texts in quotes can't be added: leave out the +, or write "
                    "std::string(\"…\") + …",
                    shown));
  }
  if (contains(left, "char") && contains(right, "char")) {
    return at.hint(fmt::format("{}: two C texts can't be added: write std::string(…) + …", shown));
  }
  return std::nullopt;
}

std::optional<Hint> to_text(const Situation& at, const Captures& captures) {
  const auto& type = captures[0];
  if (type == "char") {
    const auto quote = at.line().find('\'');
    const auto text =
        quote == std::string_view::npos
            ? std::string_view("…")
            : at.line().substr(quote + 1, at.line().find('\'', quote + 1) - quote - 1);
    return at.hint(fmt::format("'{}': texts are in double quotes: write \"{}\"", text, text));
  }
  if (is_number_type(type)) {
    auto value = at.here().substr(0, at.here().find_first_of(",;)"));
    value = text::trimmed(value.starts_with('(') ? value.substr(1) : value);
    return at.hint(fmt::format("{} is a number, but a text is needed: write std::to_string({})",
                               value, value));
  }
  if (contains(type, "cppworker::Value")) return value_to(at, {"std::string"});
  return std::nullopt;
}

std::optional<Hint> to_seconds(const Situation& at, const Captures& captures) {
  if (!is_number_type(captures[1])) return std::nullopt;
  const bool is_literal = captures[0].find_first_not_of("0123456789.") == std::string::npos;
  return at.hint(
      fmt::format("{} has no unit: write {}", captures[0],
                  is_literal ? captures[0] + "s" : fmt::format("Seconds({})", captures[0])));
}

std::optional<Hint> duration_to_number(const Situation& at, const Captures& /*captures*/) {
  if (!contains(at.line(), "sleep")) return std::nullopt;
  return at.hint("sleep: write sleep_for(1s), which suspends only this user");
}

std::optional<Hint> no_unit(const Situation& at, const Captures& captures) {
  if (!is_one_of(captures[0], kUnits)) return std::nullopt;
  return at.hint(fmt::format(
      "the unit `{}` is not known: write `using namespace std::chrono_literals;` at the top of the "
      "file",
      captures[0]));
}

std::optional<Hint> not_captured(const Situation& at, const Captures& captures) {
  return at.hint(
      fmt::format("{} is not known in the lambda: write [&] instead of [] before its "
                  "arguments",
                  captures[0]));
}

std::optional<Hint> const_argument(const Situation& at, const Captures& captures) {
  const auto type = last_part(captures[0]);
  return at.hint(
      fmt::format("{} is const here and can't be changed: take it by reference without "
                  "const: {}&",
                  type, type));
}

std::optional<Hint> deleted_function(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  if (last_part(name) == "sse") {  // the comment at `= delete` is not in the line that gcc shows
    return at.hint(
        "sse(): keep the response in a variable: const Response response = client().get(…); then "
        "sse(response)");
  }
  for (const auto& line : at.error.after) {
    const auto comment = match(line, "= delete;*// *");
    if (comment) {
      return at.hint(fmt::format("{}: {}", last_part(name), (*comment)[1]));
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::loader
