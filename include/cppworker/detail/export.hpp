#pragma once

/// Marks what leaves libcppworker.so; everything else is hidden (design: one copy of the library
/// per process, shared by the binary and every locustfile).
#define CPPWORKER_EXPORT __attribute__((visibility("default")))
