#include "app/compare_condition.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "runner/threshold.hpp"
#include "text/did_you_mean.hpp"

namespace cppworker::app {
namespace {

using Metric = report::Comparison::Metric;

struct MetricName {
  std::string_view name;
  Metric metric;
};
constexpr std::array<MetricName, 7> kMetrics = {{{"rps", Metric::kRate},
                                                 {"fail%", Metric::kFailPercent},
                                                 {"avg", Metric::kAverage},
                                                 {"med", Metric::kP50},
                                                 {"p50", Metric::kP50},
                                                 {"p95", Metric::kP95},
                                                 {"p99", Metric::kP99}}};

/// Reads one text from left to right.
class ConditionParser {
 public:
  explicit ConditionParser(const std::string& text) : text_(text) {}

  CompareCondition parse() {
    CompareCondition result{.text = text_};
    result.metric = read_metric();
    if (take("of ") || take("of\"")) {
      if (text_[at_ - 1] == '"') --at_;
      result.scope = read_scope();
    }
    if (!take("+")) {
      if (!take("-")) fail("expected + (for a rise) or - (for a fall)");
      result.is_rise = false;
    }
    result.limit = read_number();
    read_unit(result);
    skip_blanks();
    if (at_ < text_.size()) fail("expected the end");
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw Error(fmt::format(
        "Wrong condition: {}:\n  {}\n  {}^\nExamples: 'p95 +10%', 'rps -5%', 'fail% +1', 'p99 of "
        "\"GET /item\" +20%'",
        reason, text_, std::string(at_, ' ')));
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(std::string_view token) {
    skip_blanks();
    if (!std::string_view(text_).substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Metric read_metric() {
    for (const auto& [name, metric] : kMetrics) {
      if (take(name)) return metric;
    }
    fail("expected a metric (rps, fail%, avg, med, p50, p95, p99)");
  }

  std::string read_scope() {
    if (!take("\"")) fail("expected a name in double quotes");
    const std::size_t end = text_.find('"', at_);
    if (end == std::string::npos) fail("the name has no closing quote");
    if (end == at_) fail("the name is empty");
    std::string scope = text_.substr(at_, end - at_);
    at_ = end + 1;
    return scope;
  }

  double read_number() {
    skip_blanks();
    double number = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0) || std::isinf(number)) fail("expected a number");
    at_ += static_cast<std::size_t>(end - begin);
    return number;
  }

  void read_unit(CompareCondition& result) {
    result.unit = CompareCondition::Unit::kAbsolute;
    if (result.metric == Metric::kFailPercent) {
      if (take("%")) {
        fail("the failure share changes by percentage points, which have no unit: fail% +1");
      }
      return;
    }
    if (take("%")) {
      result.unit = CompareCondition::Unit::kPercent;
      return;
    }
    if (result.metric == Metric::kRate) return;
    if (take("ms")) return;
    if (!take("s")) fail("expected %, ms or s after the number");
    result.limit *= 1'000;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

/// How far the difference goes beyond the limit, in units of the metric; <= 0: not beyond.
double beyond(const CompareCondition& condition, const report::Comparison::Difference& difference) {
  const double change = difference.b - difference.a;
  const double limit = condition.unit == CompareCondition::Unit::kPercent
                           ? difference.a * condition.limit / 100
                           : condition.limit;
  return (condition.is_rise ? change : -change) - limit;
}

std::string title(const report::Comparison::Row& row) {
  return row.method.empty() ? row.name : row.method + ' ' + row.name;
}

}  // namespace

CompareCondition parse_compare_condition(const std::string& text) {
  return ConditionParser(text).parse();
}

report::VerdictRow judge(const CompareCondition& condition, const report::Comparison& comparison) {
  report::VerdictRow verdict{
      .condition = condition.text, .failed = true, .value = "nothing measured", .note = {}};
  const report::Comparison::Row* worst = nullptr;  // of those that fail, else of all
  bool worst_fails = false;
  std::vector<std::string> names;
  bool has_row = false;
  bool has_too_few = false;
  for (const report::Comparison::Row& row : comparison.rows) {
    const bool is_total = &row == &comparison.rows.back();
    if (condition.scope.empty() != is_total) continue;
    if (!is_total) {
      names.push_back(row.name);
      names.push_back(title(row));
      if (!runner::is_in_scope(condition.scope, row.method, row.name)) continue;
    }
    has_row = true;
    const report::Comparison::Difference& difference = row.of(condition.metric);
    if (!difference.is_measured) {
      has_too_few = true;
      continue;
    }
    const bool fails = difference.is_shown() && beyond(condition, difference) > 0;
    if (worst == nullptr || fails > worst_fails ||
        (fails == worst_fails &&
         beyond(condition, difference) > beyond(condition, worst->of(condition.metric)))) {
      worst = &row;
      worst_fails = fails;
    }
  }
  if (!has_row) {
    const std::string meant = text::most_similar(condition.scope, names);
    verdict.note = "no request has this name" +
                   (meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant));
    return verdict;
  }
  if (worst == nullptr || (has_too_few && !worst_fails)) {
    verdict.note = "too few requests";
    return verdict;
  }
  const report::Comparison::Difference& difference = worst->of(condition.metric);
  verdict.failed = worst_fails;
  verdict.value = report::difference_text(condition.metric, difference);
  if (condition.scope.find('*') != std::string::npos) verdict.note = title(*worst);
  if (!worst_fails && beyond(condition, difference) > 0) {
    verdict.note += verdict.note.empty() ? "" : "; ";
    verdict.note += "not shown: the interval contains zero";
  }
  return verdict;
}

}  // namespace cppworker::app
