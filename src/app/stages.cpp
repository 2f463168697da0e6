#include "app/stages.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/timespan.hpp"
#include "text/trimmed.hpp"

namespace cppworker::app {
namespace {

/// The number that is the whole text.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void refuse(std::string_view stage, std::string_view reason) {
  if (reason.ends_with('.')) reason.remove_suffix(1);  // of a sentence
  throw Error(fmt::format(
      "--stages: '{}' is not a stage: {}. Write users,time or users@rate,time, separated by ';': "
      "\"100,30s;500@50,2m;0,10s\"",
      stage, reason));
}

Stage parse_stage(std::string_view text, std::int64_t users_before, Seconds begins) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) refuse(text, "it has no comma");
  const std::string_view who = text::trimmed(text.substr(0, comma));
  const std::size_t at = who.find('@');
  const auto users = number_of<std::int64_t>(text::trimmed(who.substr(0, at)));
  if (!users || *users < 0) refuse(text, "the number of users is a whole number from 0 up");
  Stage stage{.users = *users};
  Seconds time{0};
  try {
    time = parse_timespan(std::string(text::trimmed(text.substr(comma + 1))));
  } catch (const Error& error) {
    refuse(text, error.what());
  }
  if (time <= Seconds{0}) refuse(text, "its time must be longer than 0");
  stage.ends = begins + time;
  if (at != std::string_view::npos) {
    const auto rate = number_of<double>(text::trimmed(who.substr(at + 1)));
    if (!rate || !(*rate > 0) || !std::isfinite(*rate)) {
      refuse(text, "the rate after @ is a number above 0");
    }
    stage.spawn_rate = *rate;
  } else if (stage.users != users_before) {
    stage.spawn_rate = std::abs(static_cast<double>(stage.users - users_before)) / time.count();
  }
  return stage;
}

class StagesShape final : public LoadTestShape {
 public:
  explicit StagesShape(std::vector<Stage> stages) : stages_(std::move(stages)) {}
  std::optional<Tick> tick() override { return tick_of(stages_, run_time()); }

 private:
  const std::vector<Stage> stages_;
};

}  // namespace

std::vector<Stage> parse_stages(const std::string& text) {
  std::vector<Stage> stages;
  std::string_view rest = text;
  while (true) {
    const std::size_t end = rest.find(';');
    const std::string_view one = text::trimmed(rest.substr(0, end));
    const Stage before = stages.empty() ? Stage{} : stages.back();
    // "100,30s;" is a list of one stage.
    const bool is_last_separator = one.empty() && end == std::string_view::npos && !stages.empty();
    if (!is_last_separator) stages.push_back(parse_stage(one, before.users, before.ends));
    if (end == std::string_view::npos) return stages;
    rest.remove_prefix(end + 1);
  }
}

std::optional<LoadTestShape::Tick> tick_of(const std::vector<Stage>& stages, Seconds run_time) {
  for (const Stage& stage : stages) {
    if (run_time < stage.ends)
      return LoadTestShape::Tick{.users = stage.users, .spawn_rate = stage.spawn_rate};
  }
  return std::nullopt;
}

std::string python_shape(const std::string& text) {
  std::string rows;
  for (const Stage& stage : parse_stages(text)) {
    rows +=
        fmt::format("        ({}, {}, {}),\n", stage.ends.count(), stage.users, stage.spawn_rate);
  }
  return fmt::format(
      "\n\nfrom locust import LoadTestShape\n\n\n"
      "class Stages(LoadTestShape):\n"
      "    stages = [  # until (seconds), users, spawn rate\n{}    ]\n\n"
      "    def tick(self):\n"
      "        run_time = self.get_run_time()\n"
      "        for until, users, spawn_rate in self.stages:\n"
      "            if run_time < until:\n"
      "                return users, spawn_rate\n"
      "        return None\n",
      rows);
}

std::unique_ptr<LoadTestShape> shape_of_stages(const std::string& text) {
  return std::make_unique<StagesShape>(parse_stages(text));
}

}  // namespace cppworker::app
