#pragma once

/// Assertions. A failed one is a programmer's mistake: the process prints the condition and its
/// place to stderr and aborts, as nothing after it can be trusted.
///
/// `CHECK` runs in every build: use it off the path of a request. `DCHECK` runs in builds without
/// NDEBUG (dev, asan, tsan) and with the CMake option CPPWORKER_DCHECKS, which scripts/test sets;
/// elsewhere it is compiled but never evaluated. Bad input is no reason for either: it gets an error message.
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
