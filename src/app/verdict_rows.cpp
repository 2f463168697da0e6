#include "app/verdict_rows.hpp"

namespace cppworker::app {

std::vector<report::VerdictRow> verdict_rows(const runner::LocalRunner& runner) {
  std::vector<report::VerdictRow> rows;
  for (const runner::Verdict& verdict : runner.verdicts()) {
    rows.push_back({verdict.threshold->text, verdict.failed, verdict.value, verdict.note});
  }
  return rows;
}

}  // namespace cppworker::app
