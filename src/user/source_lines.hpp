#pragma once

#include <string>

#include "user/throw_site.hpp"

namespace cppworker::detail {

/// The frames as lines of a traceback, the outermost first as in Python:
/// `    File "shop.cpp", line 12, in ShopUser::pay`. Frames in headers of the system and of
/// cpp-worker are left out. The text has no address, and only the last part of the file's path, so
/// that it is the same on each worker. Empty if there is no debug information (-g1).
/// Thread-safe. The first call in a process reads the debug information of all modules
/// (milliseconds); each place is looked up once per thread.
[[nodiscard]] std::string source_lines(Frames frames);

}  // namespace cppworker::detail
