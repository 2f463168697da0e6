#include "report/phases.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "report/aligned.hpp"
#include "report/markdown_text.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using stats::EntryPhases;
using stats::kPhaseNames;
using stats::kPhases;
using stats::PhaseSummary;

/// As in the tables of Locust.
constexpr std::size_t kTypeColumn = 8;

constexpr std::size_t kMostMarkdownRows = 100;

Value phase_json(const stats::PhaseIncrement& phase) {
  if (phase.count == 0) return {};
  const PhaseSummary one = stats::summary(phase);
  return Value::Map{{"requests", one.count},      {"average_ms", one.average_ms},
                    {"minimum_ms", phase.min_ms}, {"median_ms", one.median_ms},
                    {"p95_ms", one.p95_ms},       {"p99_ms", one.p99_ms},
                    {"maximum_ms", one.max_ms}};
}

Value phases_row_json(const stats::Phases::key_type& key, const EntryPhases& entry) {
  Value::Map row = {{"type", key.second},
                    {"name", key.first},
                    {"requests", entry.requests},
                    {"new_connections", entry.new_connections}};
  for (std::size_t i = 0; i < kPhases; ++i) {
    row.emplace_back(kPhaseNames[i], phase_json(entry.phases[i]));
  }
  return row;
}

/// A duration of a phase: often far below a millisecond, also for requests that take longer.
std::string duration_text(double ms) {
  return fmt::format("{:.{}f}", ms, ms < 1 ? 3 : ms < 100 ? 2 : 0);
}

void add_phase_rows(std::vector<std::string>& lines, const stats::Phases::key_type& key,
                    const EntryPhases& entry, const TableStyle& style) {
  bool is_first = true;
  for (std::size_t i = 0; i < kPhases; ++i) {
    if (entry.phases[i].count == 0) continue;
    const PhaseSummary one = stats::summary(entry.phases[i]);
    std::string line = fmt::format(
        "{} {} {:<8} {:>8} |{:>8} {:>8} {:>8} {:>8} {:>8} |", left_aligned(key.second, kTypeColumn),
        left_aligned(key.first, style.name_width), kPhaseNames[i], one.count,
        duration_text(one.average_ms), duration_text(one.median_ms), duration_text(one.p95_ms),
        duration_text(one.p99_ms), duration_text(one.max_ms));
    if (std::exchange(is_first, false)) line += fmt::format(" {:>15}", entry.new_connections);
    lines.push_back(std::move(line));
  }
}

std::string markdown_phases_row(const stats::Phases::key_type& key, const EntryPhases& entry) {
  std::string row =
      fmt::format("| {} | {} | {} | {} |", markdown(key.second), markdown(shortened(key.first)),
                  entry.requests, entry.new_connections);
  for (const stats::PhaseIncrement& phase : entry.phases) {
    row += phase.count == 0 ? " – |" : ' ' + duration_text(stats::summary(phase).average_ms) + " |";
  }
  return row + '\n';
}

const stats::Phases::key_type& total_key() {
  static const stats::Phases::key_type key{"Aggregated", ""};
  return key;
}

}  // namespace

Value phases_json(const stats::Phases& phases) {
  if (phases.empty()) return {};
  Value::List entries;
  for (const auto& [key, entry] : phases) entries.push_back(phases_row_json(key, entry));
  return Value::Map{{"total", phases_row_json(total_key(), stats::total_of(phases))},
                    {"entries", std::move(entries)}};
}

Value phase_times_json(const stats::PhaseTimes& times) {
  Value::Map map;
  for (std::size_t i = 0; i < kPhases; ++i) {
    if (times.ms[i] >= 0) map.emplace_back(kPhaseNames[i], times.ms[i]);
  }
  return map;
}

std::vector<std::string> phase_table(const stats::Phases& phases, const TableStyle& style) {
  if (phases.empty()) return {};
  std::vector<std::string> lines = {"Phases of requests (ms)"};
  lines.push_back(fmt::format("{} {} {:<8} {:>8} |{:>8} {:>8} {:>8} {:>8} {:>8} | {:>15}",
                              left_aligned("Type", kTypeColumn),
                              left_aligned("Name", style.name_width), "Phase", "# reqs", "Avg",
                              "Med", "95%", "99%", "Max", "new connections"));
  const std::string separator =
      fmt::format("{:-<{}}|{:-<{}}|{:-<8}|{:-<9}|{:-<8}|{:-<8}|{:-<8}|{:-<8}|{:-<9}|{:-<16}", "",
                  kTypeColumn, "", style.name_width, "", "", "", "", "", "", "", "");
  lines.push_back(separator);
  for (const auto& [key, entry] : phases) add_phase_rows(lines, key, entry, style);
  lines.push_back(separator);
  add_phase_rows(lines, total_key(), stats::total_of(phases), style);
  return lines;
}

std::string phases_markdown(const stats::Phases& phases) {
  if (phases.empty()) return {};
  std::string text =
      "\nAverage durations of phases in ms, over the requests in which a phase happened:\n\n"
      "| Type | Name | Requests | New connections | DNS | Connect | TLS | Send | Wait | Receive |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  std::size_t rows = 0;
  for (const auto& [key, entry] : phases) {
    if (rows == kMostMarkdownRows) break;
    text += markdown_phases_row(key, entry);
    ++rows;
  }
  text += markdown_phases_row(total_key(), stats::total_of(phases));
  if (rows < phases.size()) {
    text += fmt::format("\n{} more names are not shown.\n", phases.size() - rows);
  }
  return text;
}

}  // namespace cppworker::report
