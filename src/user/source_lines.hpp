#pragma once

#include <cstdint>
#include <string>

#include "user/throw_site.hpp"

namespace cppworker::detail {

/// The frames as lines of a traceback, the outermost first as in Python:
/// `    File "shop.cpp", line 12, in ShopUser::pay`. Frames in headers of the system and of
/// cpp-worker are left out. The text has no address, and only the last part of the file's path, so
/// that it is the same on each worker. Empty if there is no debug information (-g1).
/// Thread-safe. Each place is looked up once per thread.
[[nodiscard]] std::string source_lines(Frames frames);

/// Reads the debug information that source_lines() needs: that of all modules, and that of the
/// source file of `code`, a function of the locustfile. Takes some 100 ms, which the first
/// exception of a user would take otherwise. Any thread.
void prepare_source_lines(std::uintptr_t code);

}  // namespace cppworker::detail
