#pragma once

#include <string>

#include <cppworker/value.hpp>

#include "failures/sample.hpp"

namespace cppworker::runfile {

/// The content of a block with a sample (docs/run-file.md).
[[nodiscard]] std::string sample_content(const failures::Sample& sample);

/// Throws Error or std::logic_error if the content is wrong.
[[nodiscard]] failures::Sample sample_of(const Value& block);

}  // namespace cppworker::runfile
