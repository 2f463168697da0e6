#include "report/tables.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

#include "report/numbers.hpp"
#include "stats/entry_numbers.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using stats::EntryIncrement;
using stats::StatsIncrement;

constexpr std::size_t kTypeWidth = 8;
constexpr int kSavedCharacters = 4;  // the other columns of the first table are narrower

/// Python's "%-10s": pads by characters.
std::string left(std::string_view text, std::size_t width) {
  std::string padded(text);
  padded.append(width - std::min(width, text::count_characters(text)), ' ');
  return padded;
}

std::string dashes(std::size_t count) { return std::string(count, '-'); }

/// The width of the name in the first table. Like Python's "%-s" with a negative width, a negative
/// one pads by its absolute value.
int name_column(const TableStyle& style) {
  return static_cast<int>(style.name_width) - static_cast<int>(kTypeWidth) + kSavedCharacters;
}

std::string name_text(std::string_view name, const TableStyle& style) {
  return left(name, static_cast<std::size_t>(std::abs(name_column(style))));
}

std::string stats_row(const EntryIncrement& entry, const EntryIncrement& total, bool current,
                      const TableStyle& style) {
  const double rps = current ? stats::current_rate(entry.num_reqs_per_sec, total)
                             : stats::total_rate(entry.num_requests, total);
  const double failures = current ? stats::current_rate(entry.num_fail_per_sec, total)
                                  : stats::total_rate(entry.num_failures, total);
  const auto time = [&](double ms) { return table_time(ms, style.precision); };
  return fmt::format("{} {} {:>7} {:>12} |{:>7} {:>7} {:>7}{:>7} | {:7.2f} {:11.2f}",
                     left(entry.method.empty() ? "" : entry.method + " ", kTypeWidth),
                     name_text(entry.name, style), entry.num_requests,
                     fmt::format("{}({:.2f}%)", entry.num_failures, stats::fail_ratio(entry) * 100),
                     time(stats::average_response_time(entry)),
                     time(entry.min_response_time.value_or(0)), time(entry.max_response_time),
                     time(stats::median_response_time(entry)), rps, failures);
}

std::string percentile_row(const EntryIncrement& entry, const TableStyle& style) {
  std::string row = left(entry.method, kTypeWidth) + ' ' + left(entry.name, style.name_width) + ' ';
  for (const Percentile& percentile : kPercentiles) {
    const std::string text = key_text(stats::response_time_percentile(entry, percentile.part));
    row += fmt::format("{:>{}} ", text, &percentile == kPercentiles.data() ? 8 : 6);
  }
  return row + fmt::format("{:>6}", entry.num_requests);
}

}  // namespace

std::size_t name_width_of(std::size_t terminal_columns) {
  constexpr std::size_t kOtherColumns = 80;
  constexpr std::size_t kMost = 80;
  return std::min(terminal_columns - std::min(terminal_columns, kOtherColumns), kMost);
}

std::vector<std::string> stats_table(const StatsIncrement& stats, bool current,
                                     const TableStyle& style) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} {} {:>7} {:>12} |{:>7} {:>7} {:>7}{:>7} | {:>7} {:>11}",
                              left("Type", kTypeWidth), name_text("Name", style), "# reqs",
                              "# fails", "Avg", "Min", "Max", "Med", "req/s", "failures/s"));
  const std::string separator =
      fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", dashes(kTypeWidth),
                  dashes(static_cast<std::size_t>(std::max(0, name_column(style)))), dashes(7),
                  dashes(13), dashes(7), dashes(7), dashes(7), dashes(7), dashes(8), dashes(11));
  lines.push_back(separator);
  for (const auto& [key, entry] : stats.entries) {
    lines.push_back(stats_row(entry, stats.total, current, style));
  }
  lines.push_back(separator);
  lines.push_back(stats_row(stats.total, stats.total, current, style));
  return lines;
}

std::vector<std::string> percentile_table(const StatsIncrement& stats, const TableStyle& style) {
  std::vector<std::string> lines = {"Response time percentiles (approximated)"};
  std::string header = left("Type", kTypeWidth) + ' ' + left("Name", style.name_width) + ' ';
  std::string separator = dashes(kTypeWidth) + '|' + dashes(style.name_width) + '|' + dashes(8);
  for (const Percentile& percentile : kPercentiles) {
    header +=
        fmt::format("{:>{}} ", percentile.heading, &percentile == kPercentiles.data() ? 8 : 6);
    separator += '|' + dashes(6);
  }
  lines.push_back(header + fmt::format("{:>6}", "# reqs"));
  lines.push_back(separator);
  for (const auto& [key, entry] : stats.entries) {
    if (!entry.response_times.empty()) lines.push_back(percentile_row(entry, style));
  }
  lines.push_back(separator);
  if (!stats.total.response_times.empty()) lines.push_back(percentile_row(stats.total, style));
  return lines;
}

std::string shown_error(std::string_view error) {
  constexpr std::string_view kWrapped = "CatchResponseError(";
  if (!error.starts_with(kWrapped) || !error.ends_with(')')) return std::string(error);
  const std::string_view inner = error.substr(kWrapped.size(), error.size() - kWrapped.size() - 1);
  return text::from_python_repr(inner).value_or(std::string(inner));
}

std::vector<std::string> error_report(const StatsIncrement& stats, const TableStyle& style) {
  std::vector<const stats::ErrorIncrement*> errors;
  for (const auto& [key, error] : stats.errors) errors.push_back(&error);
  std::ranges::stable_sort(errors, {}, [](const auto* error) { return error->first_seen; });
  std::vector<std::string> lines = {"Error report"};
  lines.push_back(left("# occurrences", 18) + ' ' + left("Error", 100));
  const std::string separator = dashes(18) + '|' + dashes(80 + style.name_width - 19);
  lines.push_back(separator);
  for (const stats::ErrorIncrement* error : errors) {
    const std::string text =
        fmt::format("{} {}: {}", error->method, error->name, shown_error(error->error));
    lines.push_back(fmt::format("{:<18} {}", error->occurrences, left(text, 100)));
  }
  lines.push_back(separator);
  lines.emplace_back();
  return lines;
}

}  // namespace cppworker::report
