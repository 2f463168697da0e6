#include "app/compare_command.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/compare_condition.hpp"
#include "app/recorded_run.hpp"
#include "app/standard_files.hpp"
#include "app/timespan.hpp"
#include "report/compare.hpp"
#include "report/compare_text.hpp"
#include "report/files.hpp"

namespace cppworker::app {
namespace {

constexpr int kConditionFailed = 3;

struct CompareOptions {
  std::vector<std::string> files;
  std::vector<std::string> conditions;
  std::vector<std::string> reports;
  std::string warm_up = "0s";
};

void check(const CompareOptions& options) {
  if (options.files.size() != 2) {
    throw Error(fmt::format(
        "compare needs two runs, but got {}. The first one is the base. Several files of one run "
        "are separated by commas: a.cwr,b.cwr",
        options.files.size()));
  }
  for (const std::string& file : options.reports) {
    if (file.ends_with(".json") || file.ends_with(".md")) continue;
    throw Error(fmt::format(
        "--report {}: the format is not known. Use a name that ends with .json or .md", file));
  }
}

/// The files of a run, which commas separate. A file whose name has a comma can be a run alone.
std::vector<std::string> files_of_run(const std::string& word) {
  if (std::filesystem::exists(word)) return {word};
  std::vector<std::string> files;
  std::istringstream words(word);
  for (std::string file; std::getline(words, file, ',');) {
    if (!file.empty()) files.push_back(file);
  }
  return files;
}

report::RunReport read_side(const std::string& word) {
  const std::vector<std::string> files = files_of_run(word);
  return read_run(files.empty() ? std::vector{word} : files);
}

int compare_files(const CompareOptions& options) {
  check(options);
  std::vector<CompareCondition> conditions;
  for (const std::string& text : options.conditions) {
    conditions.push_back(parse_compare_condition(text));
  }
  const auto warm_up = static_cast<double>(parse_timespan(options.warm_up).count());
  const report::Comparison comparison =
      report::compare(read_side(options.files[0]), read_side(options.files[1]), warm_up);
  std::vector<report::VerdictRow> verdicts;
  for (const CompareCondition& condition : conditions) {
    verdicts.push_back(judge(condition, comparison));
  }
  std::string text;
  for (const std::string& line : report::compare_lines(comparison, verdicts)) text += line + '\n';
  print(text);
  for (const std::string& file : options.reports) {
    report::make_folder_of(file);
    report::replace_file(file, file.ends_with(".json")
                                   ? report::compare_json(comparison, verdicts)
                                   : report::compare_markdown(comparison, verdicts));
  }
  return std::ranges::any_of(verdicts, &report::VerdictRow::failed) ? kConditionFailed : 0;
}

}  // namespace

int run_compare(int argc, const char* const* argv) {
  CLI::App app(
      "Compares two runs that were recorded with --out, second by second, where the same number of "
      "users was running.",
      "cpp-worker compare");
  CompareOptions options;
  app.add_option(
         "run-file", options.files,
         "Two run files: the base, and the run to compare with it. "
         "Several files of one run, of several workers for example, are separated by commas")
      ->required()
      ->type_name("FILE[,FILE...] FILE[,FILE...]");
  app.add_option("--fail-if", options.conditions,
                 "Exit code 3 if the second run is worse: 'p95 +10%', 'rps -5%', 'fail% +1', 'p99 "
                 "of \"GET /item\" +20%'; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("CONDITION");
  app.add_option("--warm-up", options.warm_up,
                 "Do not compare the first seconds of the runs: 30s, 2m")
      ->type_name("TIME");
  app.add_option("--report", options.reports,
                 "Also write the comparison to this file, in the format that the end of its name "
                 "stands for: .json or .md; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return compare_files(options);
}

}  // namespace cppworker::app
