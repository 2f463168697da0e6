#include "report/html.hpp"

#include <ctime>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "report/numbers.hpp"
#include "report/tables.hpp"
#include "stats/entry_numbers.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using Cells = std::vector<std::string>;

constexpr std::string_view kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; margin-bottom: 2rem; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .25rem .75rem; text-align: right; }
th.text, td.text { text-align: left; overflow-wrap: anywhere; white-space: pre-wrap; }
tr.total { font-weight: 600; }
.failed { color: #c00; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } .failed { color: #f66; } }
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text::to_utf8(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// A table whose first `text_columns` columns are texts and whose others are numbers.
class Table {
 public:
  Table(std::string_view heading, const Cells& columns, std::size_t text_columns)
      : text_columns_(text_columns) {
    text_ = fmt::format("<h2>{}</h2>\n<table>\n<thead>", escaped(heading));
    add("th", columns, "");
    text_ += "</thead>\n<tbody>\n";
  }
  void row(const Cells& cells, std::string_view row_class = "") { add("td", cells, row_class); }
  [[nodiscard]] std::string text() && { return text_ + "</tbody>\n</table>\n"; }

 private:
  void add(std::string_view tag, const Cells& cells, std::string_view row_class) {
    text_ += row_class.empty() ? "<tr>" : fmt::format("<tr class=\"{}\">", row_class);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text_ += fmt::format("<{0}{1}>{2}</{0}>", tag, i < text_columns_ ? " class=\"text\"" : "",
                           escaped(cells[i]));
    }
    text_ += "</tr>\n";
  }

  std::size_t text_columns_;
  std::string text_;
};

std::string html_time(double ms) { return table_time(ms, stats::Precision::kThreeDigits); }

std::string utc(std::int64_t unix_time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_time)));
}

/// The rows by name, then that of all requests.
template <class Row>
void for_each_row(const stats::StatsIncrement& stats, const Row& row) {
  for (const auto& [key, entry] : stats.entries) row(entry, "");
  row(stats.total, "total");
}

std::string statistics(const stats::StatsIncrement& stats) {
  Table table("Request statistics",
              {"Type", "Name", "Requests", "Fails", "Fails %", "Average (ms)", "Min (ms)",
               "Max (ms)", "Average size (bytes)", "Requests/s", "Failures/s"},
              2);
  for_each_row(stats, [&](const stats::EntryIncrement& entry, std::string_view row_class) {
    table.row({entry.method, entry.name, fmt::format("{}", entry.num_requests),
               fmt::format("{}", entry.num_failures),
               fmt::format("{:.2f}", stats::fail_ratio(entry) * 100),
               html_time(stats::average_response_time(entry)),
               html_time(entry.min_response_time.value_or(0)), html_time(entry.max_response_time),
               fmt::format("{:.0f}", stats::average_content_length(entry)),
               fmt::format("{:.2f}", stats::total_rate(entry.num_requests, stats.total)),
               fmt::format("{:.2f}", stats::total_rate(entry.num_failures, stats.total))},
              row_class);
  });
  return std::move(table).text();
}

std::string percentiles(const stats::StatsIncrement& stats) {
  Cells columns = {"Type", "Name"};
  for (const Percentile& percentile : kPercentiles) columns.emplace_back(percentile.heading);
  Table table("Response time percentiles (ms)", columns, 2);
  for_each_row(stats, [&](const stats::EntryIncrement& entry, std::string_view row_class) {
    Cells cells = {entry.method, entry.name};
    for (const Percentile& percentile : kPercentiles) {
      cells.push_back(key_text(stats::response_time_percentile(entry, percentile.part)));
    }
    table.row(cells, row_class);
  });
  return std::move(table).text();
}

std::string failures(const stats::StatsIncrement& stats) {
  if (stats.errors.empty()) return {};
  Table table("Failures", {"Type", "Name", "Error", "Occurrences"}, 3);
  for (const auto& [key, error] : stats.errors) {
    table.row(
        {error.method, error.name, shown_error(error.error), fmt::format("{}", error.occurrences)});
  }
  return std::move(table).text();
}

std::string exceptions(const std::vector<ExceptionText>& exceptions) {
  if (exceptions.empty()) return {};
  Table table("Exceptions", {"Message", "Traceback", "Occurrences"}, 2);
  for (const ExceptionText& exception : exceptions) {
    table.row({std::string(exception.msg), std::string(exception.traceback),
               fmt::format("{}", exception.count)});
  }
  return std::move(table).text();
}

std::string verdicts(const std::vector<VerdictRow>& rows) {
  if (rows.empty()) return {};
  Table table("Thresholds", {"Verdict", "Fail if", "Measured", ""}, 4);
  for (const VerdictRow& row : rows) {
    table.row({row.failed ? "FAILED" : "ok", row.condition, row.value, row.note},
              row.failed ? "failed" : "");
  }
  return std::move(table).text();
}

}  // namespace

std::string html_page(const stats::StatsIncrement& stats, const HtmlFacts& facts) {
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width\">\n"
             "<title>Locust test report: {0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
             "<h1>Locust test report</h1>\n<p>Script: {0}<br>Target host: {2}<br>During: {3} to "
             "{4} ({5} s)</p>\n",
             escaped(facts.title), kStyle,
             escaped(facts.host.empty() ? "of each user class" : facts.host), utc(facts.began),
             utc(facts.ended), facts.ended - facts.began) +
         verdicts(facts.verdicts) + statistics(stats) + percentiles(stats) + failures(stats) +
         exceptions(facts.exceptions) + "</body>\n</html>\n";
}

}  // namespace cppworker::report
