#pragma once

#include <string>

#include "failures/sample.hpp"

namespace cppworker::failures {

/// A command for bash or zsh that repeats the request: "curl -i …". Masked headers have their mask.
/// If the sample has only the beginning of the body, a comment in the line before states that.
/// Returns "" if no HTTP request was sent.
[[nodiscard]] std::string curl_line(const Sample& sample);

}  // namespace cppworker::failures
