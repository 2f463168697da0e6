#include "app/python_thresholds.hpp"

#include <string_view>

#include <fmt/format.h>

#include "app/python_files.hpp"
#include "base/check.hpp"
#include "loader/python_text.hpp"

namespace cppworker::app {
namespace {

std::string_view metric_name(runner::Threshold::Metric metric) {
  using Metric = runner::Threshold::Metric;
  switch (metric) {
    case Metric::kAverage:
      return "avg";
    case Metric::kMin:
      return "min";
    case Metric::kMax:
      return "max";
    case Metric::kPercentile:
      return "percentile";
    case Metric::kRate:
      return "rps";
    case Metric::kFailPercent:
      return "fail%";
    case Metric::kFails:
      return "fails";
    case Metric::kCount:
      return "count";
    case Metric::kLatePercent:
      break;  // workers do not report it
  }
  CHECK(false);
  return "";
}

std::string_view operator_name(runner::Threshold::Comparison comparison) {
  using Comparison = runner::Threshold::Comparison;
  switch (comparison) {
    case Comparison::kLess:
      return "lt";
    case Comparison::kLessOrEqual:
      return "le";
    case Comparison::kGreater:
      return "gt";
    case Comparison::kGreaterOrEqual:
      return "ge";
  }
  return "";
}

/// `_Threshold("p95 > 200ms", "percentile", operator.gt, 200, part=95 / 100)`
std::string constructed(const runner::Threshold& threshold) {
  std::string text = fmt::format(
      "_Threshold({}, \"{}\", operator.{}, {}", loader::python_string(threshold.text),
      metric_name(threshold.metric), operator_name(threshold.comparison), threshold.limit);
  if (threshold.metric == runner::Threshold::Metric::kPercentile) {
    text += fmt::format(", part={:.10g} / 100", threshold.part * 100);
  }
  if (!threshold.scope.empty()) text += ", scope=" + loader::python_string(threshold.scope);
  if (threshold.window == runner::Threshold::Window::kFor) {
    text += fmt::format(", each={}", threshold.seconds);
  } else if (threshold.window == runner::Threshold::Window::kWithin) {
    text += fmt::format(", within={}", threshold.seconds);
  }
  if (threshold.stops) text += ", stop=True";
  return text + ")";
}

}  // namespace

std::string python_thresholds(std::span<const runner::Threshold> thresholds,
                              std::chrono::seconds warm_up) {
  std::string text =
      fmt::format("\n\n{}\n\n_Thresholds(\n    warm_up={},  # seconds\n    thresholds=[\n",
                  python_files::kThresholds, warm_up.count());
  for (const runner::Threshold& threshold : thresholds) {
    text += fmt::format("        {},\n", constructed(threshold));
  }
  return text + "    ],\n)\n";
}

}  // namespace cppworker::app
