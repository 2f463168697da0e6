#include "loader/compiler_errors.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace cppworker::loader {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// Removes ":<number>" from the end of `text` and returns the number.
std::optional<unsigned> take_number(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  unsigned number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  text = text.substr(0, colon);
  return number;
}

/// The place in "file:line:column" or "file:line".
std::optional<Place> to_place(std::string_view text) {
  const auto last = take_number(text);
  if (!last) return std::nullopt;
  if (const auto line = take_number(text)) return Place{std::string(text), *line, *last};
  return Place{std::string(text), *last, 0};
}

/// The place at the beginning of a line: "shop.cpp:12:3:   required from here".
std::optional<Place> place_of(std::string_view line) {
  const auto end = line.find(": ");
  return end == std::string_view::npos ? std::nullopt : to_place(line.substr(0, end));
}

bool is_snippet(std::string_view line) {
  const auto bar = line.find_first_not_of(" 0123456789");
  return line.starts_with(' ') && bar != std::string_view::npos && line[bar] == '|';
}

bool has_severity(std::string_view line) {
  for (const std::string_view severity :
       {": error: ", ": fatal error: ", ": warning: ", ": note: "}) {
    if (line.find(severity) != std::string_view::npos) return true;
  }
  return false;
}

std::optional<CompilerError> error_in(std::string_view line) {
  for (const std::string_view severity : {": error: ", ": fatal error: "}) {
    const auto at = line.find(severity);
    if (at == std::string_view::npos) continue;
    auto place = to_place(line.substr(0, at));
    if (!place) continue;
    return CompilerError{.place = *std::move(place),
                         .text = std::string(line.substr(at + severity.size()))};
  }
  return std::nullopt;
}

}  // namespace

std::string plain_text(std::string_view output) {
  std::string plain;
  plain.reserve(output.size());
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (output[i] == '\x1b' && i + 1 < output.size() && output[i + 1] == '[') {
      i = output.find_first_not_of("0123456789;", i + 2);
      if (i == std::string_view::npos) break;
      continue;  // with the letter that ends the sequence
    }
    const auto character = output.substr(i, 3);
    if (character == "\u2018" || character == "\u2019") {
      plain += '\'';
      i += 2;
    } else {
      plain += output[i];
    }
  }
  return plain;
}

std::vector<CompilerError> parse_errors(std::string_view output) {
  std::vector<CompilerError> errors;
  std::vector<std::string> before;
  for (auto& line : lines_of(output)) {
    if (auto error = error_in(line)) {
      error->before = std::move(before);
      before.clear();
      errors.push_back(*std::move(error));
      continue;
    }
    if (has_severity(line) || is_snippet(line)) {
      before.clear();
    } else {
      before.push_back(line);
    }
    if (!errors.empty()) errors.back().after.push_back(std::move(line));
  }
  return errors;
}

Place own_place(const CompilerError& error,
                const std::function<bool(const std::string& file)>& is_own) {
  if (is_own(error.place.file)) return error.place;
  Place found;
  for (const auto& line : error.before) {  // the last one is the nearest
    const auto place = place_of(line);
    if (place && is_own(place->file)) found = *place;
  }
  if (found.line > 0) return found;
  for (const auto& line : error.after) {
    if (line.find(": note: ") == std::string::npos) continue;  // it belongs to the next error
    const auto place = place_of(line);
    if (place && is_own(place->file)) return *place;
  }
  return error.place;
}

}  // namespace cppworker::loader
