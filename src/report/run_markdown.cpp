#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "report/load.hpp"
#include "report/markdown_text.hpp"
#include "report/numbers.hpp"
#include "report/phases.hpp"
#include "report/run_report.hpp"
#include "report/samples.hpp"
#include "report/tables.hpp"
#include "stats/entry_numbers.hpp"

namespace cppworker::report {
namespace {

using stats::EntryIncrement;

/// A comment on GitHub has at most 65,536 characters.
constexpr std::size_t kMaxShownEntries = 100;
constexpr std::size_t kMaxShownFailures = 30;

/// A measured time: with two decimals below 10 ms, with one below 100 ms.
std::string measured_text(double ms) {
  return fmt::format("{:.{}f}", ms, ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

std::string markdown_row(const EntryIncrement& entry, const EntryIncrement& total) {
  const bool is_timed = !entry.response_times.empty();
  const auto percentile = [&](double part) {
    return is_timed ? key_text(stats::response_time_percentile(entry, part)) : std::string("–");
  };
  return fmt::format("| {} | {} | {} | {} ({:.2f} %) | {:.1f} | {} | {} | {} | {} | {} |\n",
                     markdown(entry.method), markdown(shortened(entry.name)), entry.num_requests,
                     entry.num_failures, stats::fail_ratio(entry) * 100,
                     stats::total_rate(entry.num_requests, total),
                     is_timed ? measured_text(stats::average_response_time(entry)) : "–",
                     percentile(0.5), percentile(0.95), percentile(0.99),
                     is_timed ? measured_text(entry.max_response_time) : "–");
}

std::string markdown_entries(const RunReport& report) {
  std::string text =
      "| Type | Name | Requests | Failures | Requests/s | Average ms | 50% | 95% | 99% | Max ms |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  std::size_t rows = 0;
  for (const auto& [key, entry] : report.all.entries) {
    if (rows == kMaxShownEntries) break;
    text += markdown_row(entry, report.all.total);
    ++rows;
  }
  text += markdown_row(report.all.total, report.all.total);
  if (rows < report.all.entries.size()) {
    text += fmt::format("\n{} more names are not shown.\n", report.all.entries.size() - rows);
  }
  return text;
}

std::string markdown_failures(const RunReport& report) {
  std::vector<const stats::ErrorIncrement*> errors;
  for (const auto& [key, error] : report.all.errors) errors.push_back(&error);
  std::ranges::stable_sort(errors, std::greater{},
                           [](const auto* error) { return error->occurrences; });
  std::string text = "\n| Failures | Request | Error |\n|--:|---|---|\n";
  for (std::size_t i = 0; i < std::min(errors.size(), kMaxShownFailures); ++i) {
    const stats::ErrorIncrement& error = *errors[i];
    text +=
        fmt::format("| {} | {} {} | {} |\n", error.occurrences, markdown(error.method),
                    markdown(shortened(error.name)), markdown(shortened(shown_error(error.error))));
  }
  if (errors.size() > kMaxShownFailures) {
    text += fmt::format("\n{} more failures are not shown.\n", errors.size() - kMaxShownFailures);
  }
  return text;
}

/// The first lines: the verdicts on the thresholds and on the generator.
std::string headline(const RunReport& report) {
  const auto failed = std::ranges::count_if(report.verdicts, &VerdictRow::failed);
  std::string text;
  if (failed > 0) {
    text = fmt::format("**Failed**: {} of {} thresholds\n", failed, report.verdicts.size());
  } else if (!report.verdicts.empty()) {
    text = fmt::format("**Passed**: {} threshold{}\n", report.verdicts.size(),
                       report.verdicts.size() == 1 ? "" : "s");
  }
  for (const VerdictRow& row : report.verdicts) {
    text +=
        fmt::format("- {} {}: {}{}\n", row.failed ? "❌" : "✅", markdown(row.condition),
                    markdown(row.value), row.note.empty() ? "" : " (" + markdown(row.note) + ")");
  }
  if (!text.empty()) text += '\n';
  for (const std::string& line : generator_lines(report.generator, report.began)) {
    const bool is_detail = line.starts_with(' ');
    text += (is_detail ? "- " : "") + markdown(is_detail ? line.substr(2) : line) + '\n';
  }
  return text + '\n';
}

double most_users(const RunReport& report) {
  double most = 0;
  for (const auto& [begin, point] : report.timeline.points()) most = std::max(most, point.users());
  return most;
}

}  // namespace

std::string run_markdown(const RunReport& report) {
  std::string text = headline(report);
  const EntryIncrement& total = report.all.total;
  text += fmt::format(
      "{} requests, {} failures ({:.2f} %), up to {} users, {:.0f} s from "
      "{:%Y-%m-%d %H:%M:%S} UTC\n\n",
      total.num_requests, total.num_failures, stats::fail_ratio(total) * 100,
      static_cast<std::int64_t>(std::ceil(most_users(report))),
      std::max(0.0, report.ended - report.began),
      fmt::gmtime(static_cast<std::time_t>(report.began)));
  for (const RunReport::Source& source : report.sources) {
    if (!source.is_complete) {
      text +=
          fmt::format("⚠ {}: the run has no end, because the process was killed or still runs.\n\n",
                      markdown(source.file));
    }
    for (const std::string& damage : source.damage) {
      text += fmt::format("⚠ {}: {}\n\n", markdown(source.file), markdown(damage));
    }
  }
  if (const LoadReport load = load_report(report); load.knee) text += load.conclusion + "\n\n";
  text += markdown_entries(report);
  if (!report.all.errors.empty()) text += markdown_failures(report);
  text += phases_markdown(report.all.phases);
  return text + samples_markdown(report.samples);
}

std::vector<std::string> run_tables(const RunReport& report, std::size_t name_width) {
  const TableStyle style{.name_width = name_width, .precision = report.precision};
  std::vector<std::string> lines;
  const auto append = [&](const std::vector<std::string>& more, bool ends_with_empty_line) {
    lines.insert(lines.end(), more.begin(), more.end());
    if (!ends_with_empty_line) lines.emplace_back();
  };
  append(stats_table(report.all, false, style), false);
  append(percentile_table(report.all, style), false);
  if (!report.all.errors.empty()) append(error_report(report.all, style), true);
  if (!report.all.phases.empty()) append(phase_table(report.all.phases, style), false);
  if (!report.verdicts.empty()) append(verdict_table(report.verdicts), true);
  append(generator_lines(report.generator, report.began), false);
  return lines;
}

}  // namespace cppworker::report
