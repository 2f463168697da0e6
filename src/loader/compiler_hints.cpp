#include "loader/compiler_hints.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/system_header.hpp"
#include "loader/brace_hints.hpp"
#include "loader/class_hints.hpp"
#include "loader/compiler_errors.hpp"
#include "loader/expression_hints.hpp"
#include "loader/file_text.hpp"
#include "loader/hint_situation.hpp"
#include "loader/link_hints.hpp"
#include "loader/macro_hints.hpp"
#include "loader/name_hints.hpp"
#include "loader/source_text.hpp"
#include "loader/syntax_hints.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// Errors that another error before or after them explains better.
constexpr std::array kConsequences = std::to_array<std::string_view>(
    {"called in a constant expression", "non-constant condition for static assertion",
     "flows off the end of the function", "result type must be constructible from input type",
     "called more times than"});

using Explain = std::optional<Hint> (*)(const Situation&, const Captures&);

/// A row: what the compiler reports, and the function that explains it.
struct Row {
  std::string_view pattern;
  Explain explain;
};

/// The table of hints. The first row that matches and has an explanation is used.
// NOLINTNEXTLINE(*-avoid-c-arrays): clang-format indents a std::array of rows by half a line
constexpr Row kTable[] = {
    // Options in braces
    {"cannot convert '<brace-enclosed initializer list>' to '*'", &braces},
    {"no known conversion for argument * from '<brace-enclosed initializer "
     "list>' to '*'",
     &braces},
    {"conversion from '<brace-enclosed initializer list>' to '*' is ambiguous", &ambiguous_braces},
    {"designator order for field '*' does not match declaration order in '*'", &order_of_options},
    {"'*' has no non-static data member named '*'", &unknown_member_of_braces},
    {"designator used multiple times", &ambiguous_braces},
    {"no matching function for call to 'to_array<cppworker::Argument>(", &macro_arguments},
    {"no matching function for call to 'to_array<std::string_view>(",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           "CPPWORKER_FAIL_IF takes conditions in double quotes, with commas between them: "
           "CPPWORKER_FAIL_IF(\"p95 > 200ms\", \"fail% > 1\")");
     }},
    {"could not convert '*' from '<brace-enclosed initializer list>' to "
     "'std::optional<cppworker::LoadTestShape::Tick>'",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       return at.hint(fmt::format("tick() returns a Tick: write `return Tick{};`", captures[0]));
     }},
    {"narrowing conversion of '*' from 'double' to", &narrowing},
    {"cannot convert '*' to 'const cppworker::RequestOptions&'", &not_options},
    {"expected '}' before ':' token", &colon},
    {"expected ')' before ':' token", &colon},

    // tasks() and classes
    {"static assertion failed: *", &static_assertion},
    {"static_assert failed* \"*\"",
     [](const Situation& at, const Captures& captures) {
       return static_assertion(at, {captures[1]});
     }},
    {"'<throw-expression>' is not a constant expression", &thrown_text},
    {"no matching function for call to '*::task<*>(*)'",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       return at.hint(
           fmt::format("{}: a method with the name task hides task<…>(): rename it", captures[0]));
     }},
    {"no matching function for call to 'task<*>(*)'", &task_call},
    {"the value of '*' is not usable in a constant expression", &needs_constexpr},
    {"'*' is private within this context",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       return at.hint(fmt::format("{} is private: write `public:` before it", captures[0]));
     }},
    {"no matching function for call to 'cppworker::HttpSession::*(*)'",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       if (captures[0] == "websocket") {
         return at.hint(
             "client().websocket() takes the URL and the options in braces, and needs `#include "
             "<cppworker/websocket.hpp>`");
       }
       return at.hint(fmt::format(
           "client().{}({}): the arguments "
           "are the URL, the options in "
           "braces and the check: write "
           "client().{}({}\"/item\", {{.name "
           "= \"/item/[id]\"}})",
           captures[0], captures[1], captures[0], captures[0] == "request" ? "\"GET\", " : ""));
     }},
    {"no matching function for call to 'task(*)'", &task_without_template},
    {"no matching function for call to 'between(*)'",
     [](const Situation& at, const Captures& captures) {
       return wait_arguments(at, {"between", captures[0]});
     }},
    {"no matching function for call to 'constant(*)'",
     [](const Situation& at, const Captures& captures) {
       return wait_arguments(at, {"constant", captures[0]});
     }},
    {"no matching function for call to 'constant_pacing(*)'",
     [](const Situation& at, const Captures& captures) {
       return wait_arguments(at, {"constant_pacing", captures[0]});
     }},
    {"call to non-'constexpr' function '*'", &tasks_without_constexpr},
    {"marked 'override', but does not override",
     [](const Situation& at, const Captures&) {
       const auto found = match(at.error.text, "'*' marked");
       return found ? does_not_override(at, *found) : std::nullopt;
     }},
    {"'*' marked 'override' but does not override any member functions", &does_not_override},
    {"conflicting return type specified for '*'", &other_result},
    {"invalid covariant return type for '*'", &other_result},
    {"'static *' cannot be declared",
     [](const Situation& at, const Captures& captures) {
       auto name = captures[0].substr(0, captures[0].find('('));
       name = name.substr(name.rfind(' ') + 1);
       return std::optional(at.hint(
           fmt::format("{} can't be static: write `void {}() override`", name, last_part(name))));
     }},
    {"'constexpr' needed for in-class initialization of static data member '*'", &needs_constexpr},
    {"non-static data member '*' declared 'constexpr'", &constexpr_member},
    {"is not a constant expression because it refers to a result of 'operator "
     "new'",
     &host_in_memory},
    {"conversion from '*' to non-scalar type 'const cppworker::WaitTime'", &to_wait_time},
    {"conversion from '*'*to non-scalar type 'const cppworker::WaitTime'", &to_wait_time},
    {"return-statement with a value, in function returning 'void'",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       if (!contains(at.line(), "tasks()")) return std::nullopt;
       return at.hint(
           "tasks() returns its rows: write `static "
           "constexpr auto tasks()` "
           "instead of "
           "void");
     }},
    {"ISO C++ forbids taking the address of * member function*Say '&*'",
     [](const Situation& at, const Captures& captures) { return bound_method(at, {captures[2]}); }},
    {"cannot call member function '*' without object", &call_without_object},
    {"'this' was not captured for this lambda function",
     [](const Situation& at, const Captures&) { return not_captured(at, {"this"}); }},
    {"invalid use of member function '*' (did you forget the '()' ?)", &forgotten_call},
    {"invalid use of non-static member function '*'", &method_without_ampersand},
    {"invalid use of non-static data member '*'", &foreign_member},
    {"invalid use of incomplete type '*'", &incomplete_parent},
    {"redefinition of 'const cppworker::detail::AbiRecord", &locustfile_twice},
    {"redefinition of '*cppworker_fail_if_table'", &fail_if_twice},
    {"conflicting declaration '*cppworker_fail_if_table'", &fail_if_twice},
    {"redefinition of '*cppworker_locustfile_shape'",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint("CPPWORKER_SHAPE is written twice: write it once, with one class");
     }},
    {"type/value mismatch at argument 1 in template parameter list for "
     "*kUserClasses",
     &locustfile_arguments},
    {"two or more data types in declaration of 'type name'", &locustfile_arguments},
    {"parse error in template argument list",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       if (contains(at.line(), "CPPWORKER_LOCUSTFILE")) return locustfile_arguments(at, captures);
       const auto set = match(at.line(), "task<&*>");
       if (!set) return std::nullopt;
       return at.hint(
           fmt::format("task<&{}>: a TaskSet has no &: "
                       "write task<{}>()",
                       set->front(), set->front()));
     }},
    {"too many arguments to function '*'", &init_arguments},
    {"too few arguments to function '*'", &init_arguments},
    {"capture of non-variable 'cppworker::task'",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           "[…] is Python: write `return "
           "task_list(task<&ShopUser::index>());`");
     }},

    // Names
    {"'*' was not declared in this scope", &not_declared},
    {"use of undeclared identifier '*'", &not_declared},
    {"'*' has not been declared", &not_declared},
    {"'*' in namespace '*' does not name a type", &not_in_class},
    {"'*' does not name a type", &not_a_type},
    {"unknown type name '*'", &not_a_type},
    {"expected class-name before '{' token", &no_base_class},
    {"expected class name", &no_base_class},
    {"'*' is not a member of '*'", &not_in_class},
    {"no member named '*' in namespace 'std'", &no_standard_name},
    {"'*' has no member named '*'", &no_member_gcc},
    {"has no member named '*'",
     [](const Situation& at, const Captures& captures) {
       const auto type = match(at.error.text, "'*'");
       return no_member(at, type ? type->front() : "", captures[0]);
     }},
    {"no member named '*' in '*'", &no_member_clang},
    {"*: No such file or directory", &header_of_newer_standard},
    {"'*' file not found", &header_of_newer_standard},
    {"unable to find numeric literal operator 'operator\"\"*'", &no_unit},
    {"no matching literal operator for call to 'operator\"\"*'", &no_unit},

    // Syntax
    {"expected initializer before 'cppworker_locustfile_abi'", &missing_semicolon_of_class},
    {"expected ';' after class definition", &missing_semicolon_of_class},
    {"expected ';' after class", &missing_semicolon_of_class},
    {"expected ';' after struct definition", &missing_semicolon_of_class},
    {"expected initializer before '", &python_line},
    {"expected '}' at end of input", &open_brace},
    {"expected '}'", &open_brace},
    {"missing terminating", &open_quote},
    {"stray '@' in program", &python_line},
    {"stray '#' in program", &python_line},
    {"extended character",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           fmt::format("`{}`: a typographic character: write plain quotes \" and "
                       "hyphens -",
                       text::trimmed(at.line())));
     }},
    {"stray '\\342'",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           fmt::format("`{}`: a typographic character: write plain quotes \" and "
                       "hyphens -",
                       text::trimmed(at.line())));
     }},
    {"expected constructor, destructor, or type conversion", &misspelled_macro},
    {"expected ';' before '*'", &missing_semicolon},
    {"expected ',' or ';' before '*'", &missing_semicolon},
    {"expected '(' before", &python_line},
    {"expected ')' before '*'", &expected_parenthesis},
    {"expected primary-expression before '*' token", &expected_expression},
    {"expected unqualified-id before '*'", &keyword_as_name},
    {"coroutines require a traits template",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           "co_await: calls of the library wait by themselves: write the call "
           "without "
           "co_await, co_return or co_yield");
     }},
    {"unable to find the promise type for this coroutine",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint(
           "co_await: calls of the library wait by themselves: write the call "
           "without "
           "co_await, co_return or co_yield");
     }},

    // Expressions
    {"cannot convert 'char' to 'std::string_view'",
     [](const Situation& at, const Captures&) { return to_text(at, {"char"}); }},
    {"cannot convert '*' to 'std::string_view'", &to_text},
    {"cannot convert '*' to 'std::string'", &to_text},
    {"conversion from '*' to non-scalar type 'std::string_view'", &to_text},
    {"conversion from 'cppworker::Value' to non-scalar type '*'", &value_to},
    {"cannot convert 'cppworker::Value' to '*'", &value_to},
    {"could not convert '*' from 'cppworker::Value' to '*'",
     [](const Situation& at, const Captures& captures) { return value_to(at, {captures[1]}); }},
    {"conversion from '*' to non-scalar type 'std::string' {", &to_text},
    {"could not convert '*' from '*' to 'cppworker::Seconds'", &to_seconds},
    {"cannot convert 'std::chrono::*' *to 'unsigned int'", &duration_to_number},
    {"no match for 'operator*' (operand types are 'cppworker::Seconds'*and '*'",
     [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
       if (captures[2] != "int" && captures[2] != "double") return std::nullopt;
       return at.hint(
           fmt::format("`{}`: a time needs a unit: write 30s, not 30", text::trimmed(at.line())));
     }},
    {"no match for 'operator+' (operand types are '*'*and '*'",
     [](const Situation& at, const Captures& captures) {
       return no_sum(at, {captures[0], captures[2]});
     }},
    {"invalid operands of types '*' and '*' to binary 'operator+'", &no_sum},
    {"invalid operands to binary expression ('*'*and '*'",
     [](const Situation& at, const Captures& captures) {
       return no_sum(at, {captures[0], captures[2]});
     }},
    {"no match for call to '(", &not_callable},
    {"expression cannot be used as a function", &not_callable},
    {"cannot be used as a function", &not_callable},
    {"invalid types '<unresolved overloaded function type>[", &subscript_of_function},
    {"request for member '*' in '*', which is of pointer type", &member_of_pointer},
    {"request for member '*' in '*', which is of non-class type", &module_of_python},
    {"'*' is not captured", &not_captured},
    {"passing 'const *' as 'this' argument discards qualifiers", &const_argument},
    {"use of deleted function '*'", &deleted_function},
    {"no match for 'operator=' (operand types are 'cppworker::Headers::Place' "
     "and '*'",
     [](const Situation& at, const Captures&) -> std::optional<Hint> {
       return at.hint("a header is a text: write \"7\" or std::to_string(7)");
     }},
};

std::string one_line(const std::string& file, const Hint& hint) {
  return hint.line == 0 ? fmt::format("{}: {}", file, hint.sentence)
                        : fmt::format("{}:{}: {}", file, hint.line, hint.sentence);
}

bool is_consequence(const CompilerError& error) {
  return std::any_of(kConsequences.begin(), kConsequences.end(),
                     [&](std::string_view part) { return contains(error.text, part); });
}

}  // namespace

std::string compiler_hint(std::string_view output, const fs::path& source,
                          const fs::path& include_dir, const CheckSource& check) {
  const auto plain = plain_text(output);
  const auto& file = source.native();
  const auto errors = parse_errors(plain);
  if (errors.empty()) {
    const auto hint = explain_link_error(plain, file, SourceText(file_text(source)));
    return hint ? one_line(file, *hint) : std::string{};
  }
  const auto is_own = [&](const std::string& name) {
    return name == file ||
           (!name.starts_with(include_dir.native()) && !base::is_system_header(name));
  };
  auto first = std::find_if(errors.begin(), errors.end(),
                            [](const CompilerError& error) { return !is_consequence(error); });
  if (first == errors.end()) first = errors.begin();
  auto place = own_place(*first, is_own);
  const bool found_own = is_own(place.file);
  if (!found_own) place = {.file = file};
  const auto text = SourceText(file_text(place.file));
  const ApiNames api(include_dir);
  const Situation situation{.error = *first,
                            .place = place,
                            .is_own = found_own,
                            .source = text,
                            .api = api,
                            .check = check};
  for (const auto& row : kTable) {
    const auto captures = match(first->text, row.pattern);
    if (!captures) continue;
    if (const auto hint = row.explain(situation, *captures)) return one_line(place.file, *hint);
  }
  if (!found_own) {
    if (const auto hint = pair_without_braces(situation, {})) return one_line(place.file, *hint);
  }
  return one_line(place.file, {place.line, first->text});
}

}  // namespace cppworker::loader
