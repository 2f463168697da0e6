#include "runner/threshold.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

constexpr std::string_view kMetrics =
    "avg, med, min, max, pN (p95, p99.9), rps, fail%, fails, count, late%";

bool is_time(Threshold::Metric metric) { return metric <= Threshold::Metric::kPercentile; }

/// Reads one text from left to right.
class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Threshold parse() {
    Threshold result{.text = text_};
    read_metric(result);
    if (take_word("of")) {
      if (result.metric == Threshold::Metric::kLatePercent) {
        fail("late% is measured for threads, not for names: leave out `of`");
      }
      result.scope = read_scope();
    }
    result.comparison = read_comparison();
    result.limit = read_limit(result.metric);
    if (take_word("for")) {
      result.window = Threshold::Window::kFor;
      result.seconds = read_seconds();
    } else if (take_word("within")) {
      result.window = Threshold::Window::kWithin;
      result.seconds = read_seconds();
    }
    if (take(",")) {
      if (!take_word("stop")) fail("expected `stop` after the comma");
      result.stops = true;
    }
    skip_blanks();
    if (at_ < text_.size()) {
      fail(result.window == Threshold::Window::kRun && !result.stops
               ? "expected `for TIME`, `within TIME`, `, stop` or the end"
               : "expected the end");
    }
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw Error(
        fmt::format("Wrong threshold: {}:\n  {}\n  {}^\nAn example, with its quotes: 'p95 of "
                    "\"GET /item\" > 200ms for 10s, stop'",
                    reason, text_, std::string(at_, ' ')));
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(at_); }

  bool take(std::string_view token) {
    skip_blanks();
    if (!rest().starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || c == '%'; }

  /// Takes the word if it is the next one, not only the beginning of the next one.
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!rest().starts_with(word)) return false;
    if (rest().size() > word.size() && is_letter(rest()[word.size()])) return false;
    at_ += word.size();
    return true;
  }

  std::optional<double> take_number() {
    skip_blanks();
    double number = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return std::nullopt;
    at_ += static_cast<std::size_t>(end - begin);
    return number;
  }

  void read_metric(Threshold& result) {
    using Metric = Threshold::Metric;
    static constexpr std::pair<std::string_view, Metric> kNames[] = {
        {"avg", Metric::kAverage}, {"min", Metric::kMin},           {"max", Metric::kMax},
        {"rps", Metric::kRate},    {"fail%", Metric::kFailPercent}, {"fails", Metric::kFails},
        {"count", Metric::kCount}, {"late%", Metric::kLatePercent}};
    for (const auto& [name, metric] : kNames) {
      if (take_word(name)) {
        result.metric = metric;
        return;
      }
    }
    result.metric = Metric::kPercentile;
    result.part = 0.5;
    if (take_word("med")) return;
    skip_blanks();
    const std::size_t begin = at_;
    const std::optional<double> percent = take("p") ? take_number() : std::nullopt;
    if (!percent || !(*percent > 0) || *percent > 100) {
      at_ = begin;
      fail(fmt::format("expected a metric ({})", kMetrics));
    }
    result.part = *percent / 100;
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

  Threshold::Comparison read_comparison() {
    using Comparison = Threshold::Comparison;
    if (take("<=")) return Comparison::kLessOrEqual;
    if (take("<")) return Comparison::kLess;
    if (take(">=")) return Comparison::kGreaterOrEqual;
    if (take(">")) return Comparison::kGreater;
    fail("expected <, <=, > or >=");
  }

  double read_limit(Threshold::Metric metric) {
    const std::optional<double> number = take_number();
    if (!number || *number < 0) fail("expected a number");
    if (is_time(metric)) {
      if (take_word("ms")) return *number;
      if (take_word("s")) return *number * 1'000;
      fail("expected ms or s after the number");
    }
    if (metric == Threshold::Metric::kFailPercent || metric == Threshold::Metric::kLatePercent) {
      (void)take("%");
    }
    return *number;
  }

  std::int64_t read_seconds() {
    const std::optional<double> number = take_number();
    constexpr double kMost = 86'400;
    if (!number) fail("expected a time: 10s, 2m");
    const double seconds = take_word("m") ? *number * 60 : take_word("s") ? *number : -1;
    if (seconds < 0) fail("expected s or m after the number");
    if (seconds < 1 || seconds > kMost || seconds != std::floor(seconds)) {
      fail("the time is a number of whole seconds, from 1s to 1440m");
    }
    return static_cast<std::int64_t>(seconds);
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

/// Whether `text` is `pattern`, in which * stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t star = std::string_view::npos;  // the last * of the pattern, and where it began
  std::size_t begin = 0;
  std::size_t p = 0;
  for (std::size_t t = 0; t < text.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      begin = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++begin;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

Threshold parse_threshold(const std::string& text) { return Parser(text).parse(); }

bool is_in_scope(std::string_view scope, std::string_view method, std::string_view name) {
  CHECK(!scope.empty());
  return matches(scope, name) || matches(scope, fmt::format("{} {}", method, name));
}

std::string value_text(const Threshold& threshold, double value) {
  using Metric = Threshold::Metric;
  if (is_time(threshold.metric)) return fmt::format("{:.{}f} ms", value, value < 10 ? 2 : 0);
  if (threshold.metric == Metric::kRate) return fmt::format("{:.2f} /s", value);
  if (threshold.metric == Metric::kFailPercent || threshold.metric == Metric::kLatePercent)
    return fmt::format("{:.2f} %", value);
  return fmt::format("{}", value);
}

}  // namespace cppworker::runner
