#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/csv.hpp"
#include "report/verdicts.hpp"
#include "stats/increment.hpp"

namespace cppworker::report {

/// What the HTML report of a run shows besides its statistics.
struct HtmlFacts {
  std::string title;  ///< the locustfile
  std::string host;
  std::int64_t began = 0;  ///< Unix seconds
  std::int64_t ended = 0;  ///< Unix seconds; so far, if the run goes on
  std::vector<ExceptionText> exceptions;
  std::vector<VerdictRow> verdicts;
};

/// A page without scripts that needs no other file: the run, the verdicts, the statistics,
/// percentiles, failures and exceptions.
[[nodiscard]] std::string html_page(const stats::StatsIncrement& stats, const HtmlFacts& facts);

}  // namespace cppworker::report
