#pragma once

#include <string>

#include "loader/source_text.hpp"

namespace cppworker::loader {

/// The name of the last class that derives from LoadTestShape in a source without CPPWORKER_SHAPE;
/// "" if there is none. Such a class has no effect. In Locust, a class that derives from
/// LoadTestShape is the load shape, so this is an easy mistake for Locust users.
[[nodiscard]] std::string unused_shape(const SourceText& source);

}  // namespace cppworker::loader
