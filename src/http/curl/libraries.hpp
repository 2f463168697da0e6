#pragma once

namespace cppworker::http {

/// Whether a sanitizer's runtime is in this process. It watches the C library's memory, and has
/// some of its functions itself.
[[nodiscard]] bool sanitizer_watches();

/// Makes libcurl and OpenSSL ready, which must happen before the first thread exists: both have
/// process-wide state. Throws Error when libcurl can't start.
void initialise_libraries();

}  // namespace cppworker::http
