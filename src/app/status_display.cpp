#include "app/status_display.hpp"

#include <cstddef>

#include <sys/ioctl.h>
#include <unistd.h>

#include "app/logging.hpp"
#include "loader/environment_variable.hpp"
#include "report/status_line.hpp"
#include "stats/entry_numbers.hpp"

namespace cppworker::app {
namespace {

bool can_erase_lines() {
  const std::string terminal = loader::environment_variable("TERM", "dumb");
  return isatty(STDERR_FILENO) == 1 && terminal != "dumb";
}

/// In the background, the prompt of the shell is in the line that the status would erase.
bool is_in_background() {
  const pid_t foreground = tcgetpgrp(STDERR_FILENO);
  return foreground != -1 && foreground != getpgrp();
}

/// One less than the terminal has: some terminals begin a new line after the last column.
std::size_t usable_columns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (is_known ? size.ws_col : kUsual) - 1;
}

}  // namespace

StatusDisplay::StatusDisplay(std::optional<std::chrono::seconds> run_time)
    : run_time_(run_time), is_possible_(can_erase_lines()) {}

void StatusDisplay::show(const runner::LocalRunner& runner, runner::TimePoint now) const {
  if (!is_possible_) return;
  if (is_in_background()) return show_status({});
  const std::int64_t second = runner.second(now);
  const stats::EntryIncrement& total = runner.stats().all().total;
  show_status(report::status_line({.elapsed = std::chrono::seconds{second},
                                   .run_time = run_time_,
                                   .users = runner.user_count(),
                                   .rps = stats::current_rate(total.num_reqs_per_sec, total),
                                   .fail_ratio = stats::fail_ratio(total),
                                   .p95 = runner.stats().current_total_percentile(0.95, second)},
                                  usable_columns()));
}

void StatusDisplay::remove() const {
  if (!is_possible_) return;
  show_status({});
  wait_for_log();
}

}  // namespace cppworker::app
