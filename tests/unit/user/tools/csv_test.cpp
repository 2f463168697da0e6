#include "user/tools/csv.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

namespace cppworker::detail {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read(std::string_view text, char delimiter = ',', std::vector<std::string> names = {}) {
  const CsvTable table(text, delimiter, std::move(names));
  Rows rows{table.columns()};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    rows.emplace_back();
    for (std::size_t column = 0; column < table.columns().size(); ++column) {
      rows.back().emplace_back(table.cell(row, column));
    }
  }
  return rows;
}

std::string mistake_in(std::string_view text) {
  try {
    read(text);
    return "none";
  } catch (const Error& error) {
    return error.what();
  }
}

// The expected rows are the result of Python 3.11's csv.reader for the same text.
TEST(Csv, ReadsPlainCells) {
  EXPECT_EQ(read("user,password\nann,1\nbob,\n"),
            (Rows{{"user", "password"}, {"ann", "1"}, {"bob", ""}}));
}

TEST(Csv, ReadsQuotedCells) {
  EXPECT_EQ(read("a,b\n\"x,y\",\"said \"\"hi\"\"\"\n\"two\nlines\",\"\"\n"),
            (Rows{{"a", "b"}, {"x,y", "said \"hi\""}, {"two\nlines", ""}}));
}

TEST(Csv, AQuoteWithinACellIsAQuote) {
  EXPECT_EQ(read("a\n5\" disk\n"), (Rows{{"a"}, {"5\" disk"}}));
}

TEST(Csv, ReadsFilesOfOtherSystems) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\r\n1,2\r\n\r\n\"3\",4"),
            (Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
}

TEST(Csv, TakesAnotherDelimiterAndNames) {
  EXPECT_EQ(read("1;2\n", ';', {"a", "b"}), (Rows{{"a", "b"}, {"1", "2"}}));
}

TEST(Csv, ReportsTheLineOfAMistake) {
  EXPECT_EQ(mistake_in(""), "the file is empty");
  EXPECT_EQ(mistake_in("a,b\n1,2\n3\n"), "line 3: the row has 1 cells, but the file has 2 columns");
  EXPECT_EQ(mistake_in("a,b\n\"x\ny\",2\n1,2,3\n"),
            "line 4: the row has 3 cells, but the file has 2 columns");
  EXPECT_EQ(mistake_in("a\n\"x\n"), "line 2: a quoted cell has no closing quote");
  EXPECT_EQ(mistake_in("a\n\"x\"y\n"), "line 2: text follows a closing quote");
}

}  // namespace
}  // namespace cppworker::detail
