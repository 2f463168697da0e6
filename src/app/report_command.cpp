#include "app/report_command.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "app/recorded_run.hpp"
#include "app/standard_files.hpp"
#include "report/files.hpp"
#include "report/html.hpp"
#include "report/run_report.hpp"
#include "report/samples.hpp"

namespace cppworker::app {
namespace {

void warn_about_missing_parts(const report::RunReport& report) {
  for (const report::RunReport::Source& source : report.sources) {
    for (const std::string& damage : source.damage) spdlog::warn("{}: {}", source.file, damage);
    if (!source.is_complete) {
      spdlog::warn("{} has no end: the process was killed, or the run goes on", source.file);
    }
  }
}

std::string report_text(const report::RunReport& report, const std::string& file) {
  if (file.ends_with(".html")) return report::html_page(report);
  if (file.ends_with(".har")) return report::samples_har(report.samples);
  return file.ends_with(".json") ? report::run_json(report) : report::run_markdown(report);
}

void print_tables(const report::RunReport& report) {
  constexpr std::size_t kNameWidth = 80;
  std::string text;
  for (const std::string& line : report::run_tables(report, kNameWidth)) text += line + '\n';
  print(text);
}

bool write_files(const report::RunReport& report, const std::vector<std::string>& reports) {
  bool are_complete = true;
  for (const std::string& file : reports) {
    try {
      report::make_folder_of(file);
      report::replace_file(file, report_text(report, file));
      spdlog::info("Wrote the report {}", file);
    } catch (const Error& error) {
      spdlog::error("{}", error.what());
      are_complete = false;
    }
  }
  return are_complete;
}

}  // namespace

void check_report_name(const std::string& file) {
  for (const char* end : {".html", ".json", ".md", ".har"}) {
    if (file.ends_with(end)) return;
  }
  throw Error(fmt::format(
      "--report {}: the format is not known. Use a name that ends with .html, .json, .md or .har",
      file));
}

bool write_reports(const std::vector<std::string>& run_files,
                   const std::vector<std::string>& reports) {
  try {
    return write_files(read_run(run_files), reports);
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return false;
  }
}

int run_report(int argc, const char* const* argv) {
  CLI::App app(
      "Reports on recorded runs (--out). Several files, of several workers for example, are added "
      "up. Without --report, prints tables.",
      "cpp-worker report");
  std::vector<std::string> files;
  std::vector<std::string> reports;
  app.add_option("run-file", files, "Run files")->required()->type_name("FILE");
  app.add_option("--report", reports,
                 "Write a report to this file, in the format that the end of its name stands for: "
                 ".html, .json, .md, or .har for samples of failed requests; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("FILE");
  try {
    app.parse(argc, argv);
    for (const std::string& file : reports) check_report_name(file);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const report::RunReport report = read_run(files);
  warn_about_missing_parts(report);
  if (!reports.empty()) return write_files(report, reports) ? 0 : 1;
  print_tables(report);
  return 0;
}

}  // namespace cppworker::app
