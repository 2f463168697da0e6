#include "report/verdicts.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "report/aligned.hpp"
#include "text/markup.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

std::string outcome(const VerdictRow& row) {
  return row.note.empty() ? row.value : fmt::format("{} ({})", row.value, row.note);
}

/// Text for XML 1.0, which can't contain most control characters.
std::string xml(std::string_view text) {
  std::string valid = text::to_utf8(text);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  std::ranges::replace_if(valid, is_control, ' ');
  return text::markup_escaped(valid);
}

}  // namespace

std::vector<std::string> verdict_table(const std::vector<VerdictRow>& rows) {
  constexpr std::size_t kVerdictWidth = 8;
  std::size_t width = std::string_view("Fail if").size();
  for (const VerdictRow& row : rows) {
    width = std::max(width, text::count_characters(row.condition));
  }
  const std::string separator =
      std::string(kVerdictWidth, '-') + '|' + std::string(width, '-') + '|' + std::string(20, '-');
  std::vector<std::string> lines = {"Thresholds"};
  lines.push_back(left_aligned("Verdict", kVerdictWidth) + ' ' + left_aligned("Fail if", width) +
                  " Measured");
  lines.push_back(separator);
  for (const VerdictRow& row : rows) {
    lines.push_back(left_aligned(row.failed ? "FAILED" : "ok", kVerdictWidth) + ' ' +
                    left_aligned(row.condition, width) + ' ' + outcome(row));
  }
  lines.push_back(separator);
  lines.emplace_back();
  return lines;
}

std::string junit_xml(const std::vector<VerdictRow>& rows) {
  const auto failures = std::ranges::count_if(rows, [](const auto& row) { return row.failed; });
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"cpp-worker thresholds\" tests=\"{0}\" failures=\"{1}\" errors=\"0\">\n",
      rows.size(), failures);
  for (const VerdictRow& row : rows) {
    text += fmt::format("    <testcase classname=\"thresholds\" name=\"{}\"", xml(row.condition));
    if (row.failed) {
      text +=
          fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", xml(outcome(row)));
    } else {
      text +=
          fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", xml(outcome(row)));
    }
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace cppworker::report
