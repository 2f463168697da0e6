#include "http/curl/curl_clock.hpp"

#include <ctime>

#include <dlfcn.h>

#include "base/check.hpp"
#include "coro/clock_function.hpp"

// This file replaces the C library's clock_gettime() for the whole process. Consider before
// changes:
//
// - Who calls it: libcurl, and all other code that reads a clock, such as the C++ library, libzmq,
//   OpenSSL and user code, on any thread. Outside of a CurlClock it only passes the call on.
// - Locks: it takes none and allocates nothing. It may be called under the locks of malloc or the
//   loader, and in signal handlers: after the first call, which uses dlsym(), it is
//   async-signal-safe. The thread-local variable is initial-exec, because other models may allocate
//   on first use.
// - Before main(): constructors of other libraries may call it before ours have run. Its variables
//   need no constructor, and the function behind it is found on first use without a static local
//   variable: the guard of such a variable would be locked while dlsym() runs, and
//   a clock_gettime() from within dlsym() would wait for it indefinitely.
// - Order: the loader takes the first definition in its search order, the executable's or that of
//   the first library. Ours counts because libcppworker is searched before the C library. A
//   preloaded library comes before both; then ours is never called and CurlClock has no effect. Our
//   own code reads coro::Clock, which uses the preloaded one, too.
// - Recursion: a preloaded library (libtsan, libfaketime) passes calls on to the next definition,
//   which is ours. So ours passes them on to the next one after itself, never to the first one.
// - Sanitizers: AddressSanitizer and ThreadSanitizer define clock_gettime() themselves, and theirs
//   comes first. A program built with one, or watched by --check-races, works without CurlClock.
// - The vDSO: the C library's function enters the kernel only where there is no vDSO. The call
//   through a pointer keeps that.

#ifdef CPPWORKER_CURL_CLOCK

namespace {

constexpr int kCallsPerReading = 32;

struct Reading {
  bool in_use = false;
  int calls_left = 0;
  timespec time{};
};
[[gnu::tls_model("initial-exec")]] constinit thread_local Reading reading;

void* find_next() { return ::dlsym(RTLD_NEXT, "clock_gettime"); }

constinit cppworker::coro::ClockFunction next_clock_gettime{find_next};

}  // namespace

extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock,
                                                            timespec* time) noexcept {
  if (!reading.in_use || clock != CLOCK_MONOTONIC) {
    return next_clock_gettime(clock, time);
  }
  if (reading.calls_left == 0) {
    reading.calls_left = kCallsPerReading;
    next_clock_gettime(clock, &reading.time);
  }
  --reading.calls_left;
  *time = reading.time;
  return 0;
}

namespace cppworker::http {

CurlClock::CurlClock() noexcept {
  DCHECK(!reading.in_use);
  reading.in_use = true;
  reading.calls_left = 0;
}

CurlClock::~CurlClock() { reading.in_use = false; }

bool CurlClock::in_effect() noexcept {
  const CurlClock clock;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return reading.calls_left != 0;
}

}  // namespace cppworker::http

#else

namespace cppworker::http {

CurlClock::CurlClock() noexcept = default;
CurlClock::~CurlClock() = default;
bool CurlClock::in_effect() noexcept { return false; }

}  // namespace cppworker::http

#endif
