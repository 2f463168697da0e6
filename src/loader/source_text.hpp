#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cppworker::loader {

/// C++ source text that need not compile, for messages about mistakes in it. Offsets count bytes.
class SourceText {
 public:
  explicit SourceText(std::string text);

  [[nodiscard]] std::string_view text() const { return text_; }
  /// The text with spaces instead of comments and instead of the characters between quotes.
  [[nodiscard]] std::string_view code() const { return code_; }

  /// Line `number`, which counts from 1, without its end; "" if there is none.
  [[nodiscard]] std::string_view line(std::size_t number) const;
  [[nodiscard]] std::string_view code_line(std::size_t number) const;
  /// The offset of a line and column of a compiler's message. Columns count characters, and a tab
  /// reaches to the next multiple of 8.
  [[nodiscard]] std::size_t offset(std::size_t line, std::size_t column) const;
  [[nodiscard]] std::size_t line_of(std::size_t offset) const;

  /// The offset of the bracket that closes the one at `open`; npos if it is not closed.
  [[nodiscard]] std::size_t closing(std::size_t open) const;
  /// The parts, separated by commas, between the brackets at `open` and `close`: offsets of begin
  /// and end, without spaces around.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> parts(std::size_t open,
                                                                       std::size_t close) const;
  /// The text of such a part.
  [[nodiscard]] std::string_view part(std::pair<std::size_t, std::size_t> range) const;

  /// Where `word`, as a whole word, occurs in the code from `from` on; npos if nowhere.
  [[nodiscard]] std::size_t find_word(std::string_view word, std::size_t from = 0) const;
  /// The line of the definition of a class; 0 if there is none.
  [[nodiscard]] std::size_t line_of_class(std::string_view name) const;
  /// Begin and end of the body of a class, without its braces.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> body_of_class(
      std::string_view name) const;
  /// The line of the first brace that is not closed, judged by the indentation of the lines after
  /// it; 0 if all are closed.
  [[nodiscard]] std::size_t line_of_open_brace() const;
  /// All identifiers of the code, each once.
  [[nodiscard]] std::vector<std::string> identifiers() const;

 private:
  [[nodiscard]] std::pair<std::size_t, std::size_t> range_of_line(std::size_t number) const;

  std::string text_;
  std::string code_;
  std::vector<std::size_t> starts_;  // of the lines
};

[[nodiscard]] bool is_word_character(char c);

}  // namespace cppworker::loader
