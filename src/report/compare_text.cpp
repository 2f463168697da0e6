#include "report/compare_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <cppworker/json.hpp>

#include "report/aligned.hpp"
#include "report/markdown_text.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using Metric = Comparison::Metric;

constexpr std::array kMetrics = {Metric::kRate, Metric::kFailPercent, Metric::kAverage,
                                 Metric::kP50,  Metric::kP95,         Metric::kP99};

std::string title(const Comparison::Row& row) {
  return row.method.empty() ? row.name : row.method + ' ' + row.name;
}

std::string value_text(Metric metric, double value) {
  if (metric == Metric::kRate) return fmt::format("{:.1f} /s", value);
  if (metric == Metric::kFailPercent) return fmt::format("{:.2f} %", value);
  return fmt::format("{:.{}f} ms", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string cell(const Comparison::Row& row, Metric metric) {
  const Comparison::Difference& difference = row.of(metric);
  return difference_text(metric, difference) + (difference.is_shown() ? " *" : "");
}

std::string part_text(const Comparison::Part& part) {
  return fmt::format("{} s of {}", part.seconds, part.file);
}

std::string compared(const Comparison& comparison) {
  return fmt::format(
      "Compared: {} and {}, in which {:.0f} user{} running the whole time, in {} and {} blocks. "
      "Other seconds (ramps, warm-up) do not count.",
      part_text(comparison.a), part_text(comparison.b), comparison.users,
      comparison.users == 1 ? " was" : "s were", comparison.a.blocks, comparison.b.blocks);
}

std::string conclusion(const Comparison& comparison) {
  const std::size_t flagged = comparison.flagged_rows();
  if (flagged == 0) return "No difference shown.";
  return fmt::format("A difference is shown in {} of {} rows:", flagged, comparison.rows.size());
}

/// "GET /item: p95 10.2 ms -> 12.3 ms (+20.1 ±3.2 %)"
std::vector<std::string> shown_differences(const Comparison& comparison) {
  std::vector<std::string> lines;
  for (const Comparison::Row& row : comparison.rows) {
    for (const Metric metric : kMetrics) {
      const Comparison::Difference& difference = row.of(metric);
      if (!difference.is_shown()) continue;
      lines.push_back(fmt::format(
          "{}: {} {} -> {} ({})", title(row), metric_name(metric), value_text(metric, difference.a),
          value_text(metric, difference.b), difference_text(metric, difference)));
    }
  }
  return lines;
}

/// Why a row has no numbers.
std::vector<std::string> row_notes(const Comparison& comparison) {
  std::vector<std::string> notes;
  for (const Comparison::Row& row : comparison.rows) {
    if (!row.is_in_a || !row.is_in_b) {
      notes.push_back(fmt::format("{}: only in {}", title(row),
                                  row.is_in_a ? comparison.a.file : comparison.b.file));
    } else if (row.requests_a == 0 || row.requests_b == 0) {
      notes.push_back(fmt::format("{}: no request in the compared seconds of {}", title(row),
                                  row.requests_a == 0 ? comparison.a.file : comparison.b.file));
    }
  }
  return notes;
}

constexpr std::string_view kExplanation =
    "Change from the first to the second run, with its interval. All intervals are right together "
    "with 99 % probability. *: the interval excludes zero. -: too few requests. pp: percentage "
    "points.";

Value difference_json(Metric metric, const Comparison::Difference& difference) {
  if (!difference.is_measured) return {};
  const double change = difference.b - difference.a;
  const bool is_relative = metric != Metric::kFailPercent && difference.a > 0;
  return Value::Map{
      {"a", difference.a},
      {"b", difference.b},
      {"difference", change},
      {"low", change - difference.margin},
      {"high", change + difference.margin},
      {"difference_percent", is_relative ? Value(100 * change / difference.a) : Value()},
      {"shown", difference.is_shown()}};
}

Value part_json(const Comparison::Part& part) {
  return Value::Map{{"file", part.file},
                    {"compared_seconds", part.seconds},
                    {"seconds", part.all_seconds},
                    {"blocks", static_cast<std::int64_t>(part.blocks)}};
}

}  // namespace

std::vector<std::string> compare_lines(const Comparison& comparison,
                                       const std::vector<VerdictRow>& verdicts) {
  std::size_t name_width = 4;
  for (const Comparison::Row& row : comparison.rows) {
    name_width = std::max(name_width, text::count_characters(title(row)));
  }
  constexpr std::size_t kNumber = 19;
  constexpr std::size_t kCount = 9;
  std::vector<std::string> lines = {compared(comparison)};
  for (const std::string& note : comparison.notes) lines.push_back("Note: " + note);
  lines.emplace_back();
  std::string heading = left_aligned("Name", name_width) + right_aligned("# reqs a", kCount) +
                        right_aligned("b", kCount);
  for (const Metric metric : kMetrics) heading += right_aligned(metric_name(metric), kNumber);
  lines.push_back(heading);
  const std::string separator(name_width + 2 * kCount + kMetrics.size() * kNumber, '-');
  lines.push_back(separator);
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    const Comparison::Row& row = comparison.rows[i];
    if (i + 1 == comparison.rows.size()) lines.push_back(separator);
    std::string line = left_aligned(title(row), name_width) +
                       right_aligned(std::to_string(row.requests_a), kCount) +
                       right_aligned(std::to_string(row.requests_b), kCount);
    for (const Metric metric : kMetrics) line += right_aligned(cell(row, metric), kNumber);
    lines.push_back(line);
  }
  lines.emplace_back(kExplanation);
  for (const std::string& note : row_notes(comparison)) lines.push_back(note);
  lines.emplace_back();
  if (!verdicts.empty()) {
    const std::vector<std::string> table = verdict_table(verdicts);
    lines.insert(lines.end(), table.begin(), table.end());
  }
  lines.push_back(conclusion(comparison));
  for (const std::string& line : shown_differences(comparison)) lines.push_back("  " + line);
  return lines;
}

std::string compare_markdown(const Comparison& comparison,
                             const std::vector<VerdictRow>& verdicts) {
  std::string text;
  if (!verdicts.empty()) {
    const auto failed = std::ranges::count_if(verdicts, &VerdictRow::failed);
    text += failed == 0
                ? fmt::format("**Passed**: {} of {} conditions\n", verdicts.size(), verdicts.size())
                : fmt::format("**Failed**: {} of {} conditions\n", failed, verdicts.size());
    for (const VerdictRow& row : verdicts) {
      text +=
          fmt::format("- {} {}: {}{}\n", row.failed ? "❌" : "✅", markdown(row.condition),
                      markdown(row.value), row.note.empty() ? "" : " (" + markdown(row.note) + ")");
    }
    text += '\n';
  }
  text += "**" + conclusion(comparison) + "**\n";
  for (const std::string& line : shown_differences(comparison))
    text += "- " + markdown(line) + '\n';
  text += '\n' + markdown(compared(comparison)) + "\n\n";
  for (const std::string& note : comparison.notes) text += "⚠ " + markdown(note) + "\n\n";
  text += "| Name | Requests a | b |";
  for (const Metric metric : kMetrics) text += fmt::format(" {} |", metric_name(metric));
  text += "\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  constexpr std::size_t kMaxShown = 100;  // a comment on GitHub has at most 65,536 characters
  const std::size_t hidden = comparison.rows.size() - std::min(kMaxShown, comparison.rows.size());
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    const Comparison::Row& row = comparison.rows[i];
    const bool is_total = i + 1 == comparison.rows.size();
    if (i + 1 >= kMaxShown && !is_total) continue;
    text += fmt::format("| {} | {} | {} |", markdown(shortened(title(row))), row.requests_a,
                        row.requests_b);
    for (const Metric metric : kMetrics) text += fmt::format(" {} |", markdown(cell(row, metric)));
    text += '\n';
  }
  if (hidden > 0) text += fmt::format("\n{} more names are not shown.\n", hidden);
  text += '\n' + markdown(kExplanation) + "\n";
  for (const std::string& note : row_notes(comparison)) text += "\n" + markdown(note) + "\n";
  return text;
}

std::string compare_json(const Comparison& comparison, const std::vector<VerdictRow>& verdicts) {
  constexpr std::int64_t kVersion = 1;
  Value::List conditions, rows;
  for (const VerdictRow& row : verdicts) {
    conditions.emplace_back(Value::Map{{"condition", row.condition},
                                       {"failed", row.failed},
                                       {"value", row.value},
                                       {"note", row.note}});
  }
  static constexpr std::array<const char*, Comparison::kMetrics> kKeys = {
      "requests_per_s", "fail_percent", "average_ms", "p50_ms", "p95_ms", "p99_ms"};
  for (const Comparison::Row& row : comparison.rows) {
    Value::Map json = {{"type", row.method},           {"name", row.name},
                       {"requests_a", row.requests_a}, {"requests_b", row.requests_b},
                       {"in_a", row.is_in_a},          {"in_b", row.is_in_b},
                       {"shown", row.is_flagged()}};
    for (const Metric metric : kMetrics) {
      json.emplace_back(kKeys.at(static_cast<std::size_t>(metric)),
                        difference_json(metric, row.of(metric)));
    }
    rows.emplace_back(std::move(json));
  }
  return to_json(
             Value::Map{{"format", "cpp-worker comparison"},
                        {"version", kVersion},
                        {"a", part_json(comparison.a)},
                        {"b", part_json(comparison.b)},
                        {"users", comparison.users},
                        {"notes", Value::List(comparison.notes.begin(), comparison.notes.end())},
                        {"conditions", std::move(conditions)},
                        {"rows_shown", static_cast<std::int64_t>(comparison.flagged_rows())},
                        {"rows", std::move(rows)}}) +
         '\n';
}

}  // namespace cppworker::report
