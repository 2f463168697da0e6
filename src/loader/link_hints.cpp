#include "loader/link_hints.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>

#include "loader/hint_situation.hpp"
#include "loader/library_hints.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

/// The line in a class where a member is declared: where the word before its name is a type.
std::size_t line_of_declaration(const SourceText& source, std::string_view owner,
                                std::string_view name) {
  const auto body = source.body_of_class(owner);
  if (!body) return 0;
  for (auto at = source.find_word(name, body->first); at < body->second;
       at = source.find_word(name, at + 1)) {
    const auto before = text::trimmed(source.code().substr(0, at));
    if (before.empty() || before.ends_with("return")) continue;
    if (is_word_character(before.back()) || contains("*&>", before.substr(before.size() - 1))) {
      return source.line_of(at);
    }
  }
  return source.line_of_class(owner);
}

/// The file that defines a class of protobuf; "" if the name is not one of a `.pb.h` that the
/// source includes. With several, any of them may define it.
std::string protobuf_source(std::string_view name, const SourceText& source) {
  const auto function = name.substr(0, name.find('('));
  const bool has_scope = contains(function, "::") || function.starts_with("descriptor_table_");
  if (!has_scope || is_of_known_library(function)) return {};
  for (const std::string_view scope : {"std::", "cppworker::", "absl::", "google::"}) {
    if (function.starts_with(scope)) return {};
  }
  for (auto scope = function; contains(scope, "::"); scope = scope.substr(0, scope.rfind("::"))) {
    const auto owner = last_part(scope.substr(0, scope.rfind("::")));
    if (source.line_of_class(owner) > 0) return {};  // the author's own class
  }
  std::string files;
  std::string_view rest = source.text();
  while (const auto found = match(rest, "#include \"*.pb.h\"")) {
    const auto& stem = found->front();
    rest.remove_prefix(rest.find(stem + ".pb.h\"") + stem.size());
    if (contains(stem, "\n")) continue;
    files += (files.empty() ? "" : " or ") + stem + ".pb.cc";
  }
  return files;
}

/// The sentence about a definition that is in a `.pb.cc`.
std::string missing_protobuf_source(std::string_view name, const std::string& files) {
  return fmt::format(
      "{} is in {}: #include \"{}\" in one file, or name its object file on the flags line", name,
      files, files.substr(0, files.find(' ')));
}

}  // namespace

std::optional<Hint> explain_link_error(std::string_view output, const std::string& file,
                                       const SourceText& source) {
  const auto line_of_number = [&](std::string_view line) -> std::size_t {
    const auto at = line.find(file + ":");
    return at == std::string_view::npos
               ? 0
               : std::strtoul(line.data() + at + file.size() + 1, nullptr, 10);
  };
  std::string_view rest = output;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    auto found = match(line, "undefined reference to `*'");
    if (!found) found = match(line, "undefined reference to '*'");
    if (!found) found = match(line, "undefined reference to symbol '*@");
    if (found) {
      auto name = found->front();
      const auto table = match(name, "vtable for *");
      if (const auto files = protobuf_source(table ? table->front() + "::" : name, source);
          !files.empty()) {
        return Hint{line_of_number(line),
                    missing_protobuf_source(table ? table->front() : name, files)};
      }
      if (table) {
        return Hint{source.line_of_class(last_part(table->front())),
                    fmt::format("{}: a virtual method of it, as on_start(), has no body: write "
                                "`void on_start() override {{ … }}`",
                                table->front())};
      }
      const auto function = name.substr(0, name.find('('));
      const auto word = source.find_word(last_part(function));
      const auto owner = function.substr(0, function.find("::"));
      const bool is_own_member =
          owner != function && source.line_of_class(owner) > 0 && word != std::string_view::npos;
      if (is_own_member) {
        return Hint{line_of_declaration(source, owner, last_part(function)),
                    fmt::format("{} is declared but has no definition: write its body, or "
                                "`inline static` before a class attribute",
                                name)};
      }
      return Hint{line_of_number(line), missing_function(name)};
    }
    if (const auto library = match(line, "cannot find -l*")) {
      const auto flag = library->front().substr(0, library->front().find_first_of(": "));
      return Hint{0, missing_library(flag)};
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::loader
