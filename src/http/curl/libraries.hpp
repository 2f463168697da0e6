#pragma once

namespace cppworker::http {

/// Initialises libcurl and OpenSSL, which have process-wide state. Must be called before the first
/// thread is started. Throws Error when libcurl can't start.
void initialise_libraries();

}  // namespace cppworker::http
