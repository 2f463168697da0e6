#include "user/tools/csv.hpp"

#include <algorithm>
#include <utility>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "text/utf8.hpp"

namespace cppworker::detail {

namespace {

[[noreturn]] void fail(std::size_t line, const std::string& reason) {
  throw Error("line " + std::to_string(line) + ": " + reason);
}

/// Reads a CSV file row by row.
class Reader {
 public:
  Reader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
    if (text_.starts_with(text::kByteOrderMark)) {
      text_.remove_prefix(text::kByteOrderMark.size());
    }
  }

  /// False at the end of the file.
  bool next_row(std::vector<std::string>& cells) {
    while (end_of_line()) {
    }
    if (text_.empty()) {
      return false;
    }
    row_line_ = line_;
    cells.clear();
    do {
      cells.push_back(cell());
    } while (take(delimiter_));
    if (!text_.empty() && !end_of_line()) {
      fail(line_, "text follows a closing quote");
    }
    return true;
  }

  /// The line in which the last row began; the first line is 1.
  [[nodiscard]] std::size_t row_line() const { return row_line_; }

 private:
  bool take(char c) {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }

  bool end_of_line() {
    if (!text_.starts_with('\n') && !text_.starts_with("\r\n")) {
      return false;
    }
    text_.remove_prefix(text_.front() == '\r' ? 2 : 1);
    ++line_;
    return true;
  }

  std::string cell() {
    if (take('"')) {
      return quoted_cell();
    }
    std::size_t size = 0;
    while (size < text_.size() && text_[size] != delimiter_ && text_[size] != '\n') {
      ++size;
    }
    std::string cell(text_.substr(0, size));
    text_.remove_prefix(size);
    if (text_.starts_with('\n') && cell.ends_with('\r')) {
      cell.pop_back();
    }
    return cell;
  }

  std::string quoted_cell() {
    const std::size_t began = line_;
    std::string cell;
    for (;;) {
      const std::size_t quote = text_.find('"');
      if (quote == std::string_view::npos) {
        fail(began, "a quoted cell has no closing quote");
      }
      const std::string_view part = text_.substr(0, quote);
      line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
      cell += part;
      text_.remove_prefix(quote + 1);
      if (!take('"')) {
        return cell;
      }
      cell += '"';
    }
  }

  std::string_view text_;
  char delimiter_;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

}  // namespace

CsvTable::CsvTable(std::string_view text, char delimiter, std::vector<std::string> fieldnames)
    : columns_(std::move(fieldnames)) {
  Reader reader(text, delimiter);
  if (columns_.empty() && !reader.next_row(columns_)) {
    throw Error("the file is empty");
  }
  CHECK(!columns_.empty());
  text_.reserve(text.size());
  std::vector<std::string> row;
  while (reader.next_row(row)) {
    if (row.size() != columns_.size()) {
      fail(reader.row_line(), "the row has " + std::to_string(row.size()) +
                                  " cells, but the file has " + std::to_string(columns_.size()) +
                                  " columns");
    }
    for (const std::string& cell : row) {
      cells_.push_back({text_.size(), cell.size()});
      text_ += cell;
    }
  }
}

}  // namespace cppworker::detail
