#pragma once

namespace cppworker::http {

/// Makes libcurl and OpenSSL ready, which must happen before the first thread exists: both have
/// process-wide state. Throws Error when libcurl can't start.
void initialise_libraries();

}  // namespace cppworker::http
