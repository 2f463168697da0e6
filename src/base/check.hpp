#pragma once

/// Assertions, for programming errors. If one fails, the process prints the condition and its place
/// to stderr and aborts.
///
/// `CHECK` is evaluated in every build; do not use it on the path of a request. `DCHECK` is
/// evaluated in builds without NDEBUG (dev, asan, tsan) and with the CMake option
/// CPPWORKER_DCHECKS, which scripts/test sets; in other builds it is compiled but never evaluated.
/// Do not use them for bad input, which needs an error message.
namespace cppworker::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace cppworker::base

#define CHECK(condition) \
  ((condition) ? void(0) : ::cppworker::base::check_failed(#condition, __FILE__, __LINE__))

#if !defined(NDEBUG) || defined(CPPWORKER_DCHECKS)
#define DCHECK(condition) CHECK(condition)
#else
#define DCHECK(condition) (true ? void(0) : void(condition))
#endif
