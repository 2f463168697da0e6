#pragma once

#include <string>

namespace cppworker::app {

/// The man page cpp-worker(1), in the language man(7), with everything that --help lists.
[[nodiscard]] std::string man_page();

}  // namespace cppworker::app
