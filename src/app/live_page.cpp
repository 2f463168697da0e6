#include "app/live_page.hpp"

#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "app/verdict_rows.hpp"
#include "report/files.hpp"
#include "report/html.hpp"

namespace cppworker::app {
namespace {

/// As in Locust, the name may contain {u}, {r} and {t}.
std::string name_of_page(const Options& options) {
  std::string name = options.html;
  const auto replace = [&name](std::string_view term, const std::string& text) {
    for (std::size_t at = name.find(term); at != std::string::npos;
         at = name.find(term, at + text.size())) {
      name.replace(at, term.size(), text);
    }
  };
  replace("{u}", fmt::format("{}", options.users.value_or(1)));
  replace("{r}", fmt::format("{}", options.spawn_rate.value_or(1)));
  if (options.run_time) replace("{t}", fmt::format("{}", options.run_time->count()));
  return name;
}

}  // namespace

LivePage::LivePage(const Options& options, const Masking& masking)
    : masking_(masking), file_(name_of_page(options)), builder_(report_, generator_, options.out) {
  report::check_replaceable(file_);
}

void LivePage::write(const runner::LocalRunner& runner, const failures::Collection& samples,
                     runner::TimePoint now) {
  constexpr int kPart = 50;
  const auto begin = std::chrono::steady_clock::now();
  if (begin < next_) return;
  try {
    write_now(runner, samples);
  } catch (const Error& error) {
    if (failures_.allow(now)) spdlog::error("{}. The test continues", error.what());
  }
  const auto end = std::chrono::steady_clock::now();
  next_ = end + kPart * (end - begin) - std::chrono::seconds(1);
}

void LivePage::write_now(const runner::LocalRunner& runner, const failures::Collection& samples) {
  report_.all = builder_.all();
  report_.generator = generator_.verdict(report_.all);
  report_.samples = samples.selected();
  report_.exceptions.clear();
  for (const runner::ExceptionRow& row : runner.exceptions()) {
    report_.exceptions.push_back(
        {row.count, masking_.masked(row.msg), masking_.masked(row.traceback)});
  }
  report_.verdicts = verdict_rows(runner);
  report::replace_file(file_, report::html_page(report_));
}

}  // namespace cppworker::app
