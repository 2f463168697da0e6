#pragma once

/// The library's version. A locustfile must be built with the headers of the cpp-worker version
/// that loads it.
#ifndef CPPWORKER_VERSION
#define CPPWORKER_VERSION "0.1.0"
#endif
