#pragma once

namespace cppworker::app {

/// `cpp-worker compare A B [--fail-if CONDITION]… [--warm-up TIME] [--report FILE]…`. Returns the
/// exit code: 3 if a condition has failed. Throws Error.
[[nodiscard]] int run_compare(int argc, const char* const* argv);

}  // namespace cppworker::app
