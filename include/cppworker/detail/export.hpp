#pragma once

/// Marks the symbols that libcppworker.so exports; all others are hidden. There is one copy of the
/// library per process, which the binary and all locustfiles share.
#define CPPWORKER_EXPORT __attribute__((visibility("default")))
