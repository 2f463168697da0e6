#include "report/status_line.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "report/numbers.hpp"

namespace cppworker::report {
namespace {

/// "0:05", "12:30", "1:00:00".
std::string clock_text(std::chrono::seconds time) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  const std::int64_t seconds = time.count();
  if (seconds < kHour) return fmt::format("{}:{:02}", seconds / kMinute, seconds % kMinute);
  return fmt::format("{}:{:02}:{:02}", seconds / kHour, seconds % kHour / kMinute,
                     seconds % kMinute);
}

/// "[###---] " with `width` characters between the brackets.
std::string progress_bar(double part, std::size_t width) {
  const auto done =
      static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(width));
  return '[' + std::string(done, '#') + std::string(width - done, '-') + "] ";
}

}  // namespace

std::string status_line(const RunStatus& status, std::size_t columns) {
  constexpr std::size_t kNarrowestBar = 10;
  constexpr std::size_t kWidestBar = 40;
  constexpr std::size_t kAroundBar = 3;  // brackets and a blank
  std::string line = clock_text(status.elapsed);
  if (status.run_time) line += " / " + clock_text(*status.run_time);
  const std::vector<std::string> numbers = {
      fmt::format(" | {} user{}", status.users, status.users == 1 ? "" : "s"),
      fmt::format(" | {:.1f} req/s", status.rps),
      fmt::format(" | {:.2f}% failed", status.fail_ratio * 100),
      fmt::format(" | p95 {} ms", key_text(status.p95))};
  for (const std::string& number : numbers) {
    if (line.size() + number.size() > columns) return line.substr(0, columns);
    line += number;
  }
  const std::size_t room = columns - line.size();
  if (status.run_time && *status.run_time > std::chrono::seconds{0} &&
      room >= kNarrowestBar + kAroundBar) {
    const double part = std::chrono::duration<double>(status.elapsed) / *status.run_time;
    line.insert(0, progress_bar(part, std::min(room - kAroundBar, kWidestBar)));
  }
  return line;
}

}  // namespace cppworker::report
