#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"

namespace cppworker::detail {

/// The cells of a CSV file. All text is in one string, so a million rows need little more memory
/// than the file.
class CsvTable {
 public:
  /// Reads RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes; lines end with
  /// LF or CRLF; empty lines and a byte order mark are skipped. The first row holds the names of
  /// the columns, unless `fieldnames` is given. Throws Error with the line number.
  CsvTable(std::string_view text, char delimiter, std::vector<std::string> fieldnames);

  [[nodiscard]] std::size_t rows() const { return cells_.size() / columns_.size(); }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const {
    DCHECK(row < rows() && column < columns_.size());
    const Cell& cell = cells_[row * columns_.size() + column];
    return {text_.data() + cell.begin, cell.size};
  }

 private:
  struct Cell {
    std::size_t begin;
    std::size_t size;
  };
  std::vector<std::string> columns_;
  std::string text_;
  std::vector<Cell> cells_;
};

}  // namespace cppworker::detail
