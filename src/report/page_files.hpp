#pragma once

#include <string_view>

/// The files of src/report/page. CMake makes the source file that defines them.
namespace cppworker::report::page_files {

extern const std::string_view kHtml;   ///< with places for the others: {{style}}, {{data}} …
extern const std::string_view kStyle;  ///< uPlot's style
extern const std::string_view kOwnStyle;
extern const std::string_view kUplot;   ///< the library
extern const std::string_view kScript;  ///< our scripts, one after the other

}  // namespace cppworker::report::page_files
