#include "loader/macro_hints.hpp"

#include <string_view>

#include <fmt/format.h>

#include "loader/library_hints.hpp"
#include "loader/option_hints.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

std::optional<Hint> header_not_found(const Situation& at, const Captures& captures) {
  const auto& header = captures[0];
  const bool is_of_library =
      contains(header, "cppworker") || contains(header, "cpp-worker") || contains(header, "locust");
  if (is_of_library) {
    return at.hint(
        fmt::format("there is no header {}: write #include <cppworker/locust.hpp>, which "
                    "includes all of cpp-worker",
                    header));
  }
  return at.hint(missing_header(header));
}

}  // namespace

std::optional<Hint> locustfile_twice(const Situation& at, const Captures& /*captures*/) {
  return at.hint(
      "CPPWORKER_LOCUSTFILE is written twice: write it once, with all classes: "
      "CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)");
}

std::optional<Hint> fail_if_twice(const Situation& at, const Captures& /*captures*/) {
  return at.hint(
      "CPPWORKER_FAIL_IF is written twice: write it once, with all conditions: "
      "CPPWORKER_FAIL_IF(\"p95 > 200ms\", \"fail% > 1\")");
}

std::optional<Hint> locustfile_arguments(const Situation& at, const Captures& /*captures*/) {
  return at.hint(
      fmt::format("`{}`: write the names of the classes, without quotes and with commas "
                  "between them: CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)",
                  text::trimmed(at.line())));
}

std::optional<Hint> init_arguments(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  if (contains(at.line(), "CPPWORKER_INIT")) {
    if (contains(at.line(), "()")) {
      return at.hint(
          fmt::format("CPPWORKER_INIT takes the name of a function: write "
                      "CPPWORKER_INIT({}), without ()",
                      name));
    }
    const auto definition = at.source.find_word(name);
    return Hint{
        definition == std::string_view::npos ? at.place.line : at.source.line_of(definition),
        fmt::format("{} must take the environment: write `void {}(Environment& "
                    "environment)`",
                    name, name)};
  }
  return std::nullopt;
}

std::optional<Hint> macro_arguments(const Situation& at, const Captures& /*captures*/) {
  return explain_options(at.source, "cppworker::Argument", at.offset(), at.api, at.check);
}

std::optional<Hint> header_of_newer_standard(const Situation& at, const Captures& captures) {
  if (captures[0] != "format" && captures[0] != "print") return header_not_found(at, captures);
  return at.hint(
      fmt::format("<{}> needs a newer compiler (g++ 13 for <format>, 14 for <print>): "
                  "write \"/item/\" + std::to_string(id) instead",
                  captures[0]));
}

std::optional<Hint> incomplete_parent(const Situation& at, const Captures& captures) {
  const auto name = captures[0].substr(captures[0].rfind(' ') + 1);
  const auto line = at.source.line_of_class(name);
  if (line == 0) return std::nullopt;
  return at.hint(fmt::format(
      "{} is used before its definition in line {}: move the TaskSet into the class {}, or derive "
      "it from TaskSet<HttpUser>",
      name, line, name));
}

}  // namespace cppworker::loader
