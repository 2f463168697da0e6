#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/value.hpp>

#include "failures/sample.hpp"

namespace cppworker::report {

/// Names and values of header lines.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> header_pairs(std::string_view lines);

/// Whether the bytes can be shown as a text.
[[nodiscard]] bool is_text(std::string_view bytes);

/// A sample as in the report in JSON (docs/run-file.md).
[[nodiscard]] Value sample_json(const failures::Sample& sample);
/// @param curl the command that sends the request again; "": none
[[nodiscard]] Value sample_json(const failures::Sample& sample, const std::string& curl);

/// The HTTP requests of the samples in the format HAR 1.2, for the developer tools of browsers.
[[nodiscard]] std::string samples_har(const std::vector<failures::Sample>& samples);

/// The lines of a report in Markdown about the samples, with the commands that repeat them.
[[nodiscard]] std::string samples_markdown(const std::vector<failures::Sample>& samples);

}  // namespace cppworker::report
