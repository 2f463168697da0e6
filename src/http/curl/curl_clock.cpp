#include "http/curl/curl_clock.hpp"

#include <bit>
#include <ctime>

#include <dlfcn.h>

namespace {

using ClockGettime = int (*)(clockid_t, timespec*);

constexpr int kLooksPerReading = 32;

struct Reading {
  bool counts = false;
  int looks_left = 0;
  timespec time{};
};
// Initial-exec: the library is there from the start, and a look costs no call.
[[gnu::tls_model("initial-exec")]] constinit thread_local Reading reading;

int read_clock(clockid_t clock, timespec* time) {
  static const auto libcs = std::bit_cast<ClockGettime>(dlsym(RTLD_NEXT, "clock_gettime"));
  return libcs(clock, time);
}

}  // namespace

/// Is found by libcurl before the C library's, and by all others: for them it changes nothing.
extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock,
                                                            timespec* time) noexcept {
  if (!reading.counts || clock != CLOCK_MONOTONIC) {
    return read_clock(clock, time);
  }
  if (reading.looks_left == 0) {
    reading.looks_left = kLooksPerReading;
    read_clock(clock, &reading.time);
  }
  --reading.looks_left;
  *time = reading.time;
  return 0;
}

namespace cppworker::http {

CurlClock::CurlClock() noexcept {
  reading.counts = true;
  renew();
}

CurlClock::~CurlClock() { reading.counts = false; }

void CurlClock::renew() noexcept { reading.looks_left = 0; }

}  // namespace cppworker::http
