#pragma once

#include <string_view>

/// The files of src/app/python, which become parts of the locustfile of --print-locustfile. The
/// names in them begin with an underscore, so that they do not clash with user classes. CMake makes
/// the source file that defines these texts.
namespace cppworker::app::python_files {

extern const std::string_view kTabs;
extern const std::string_view kThresholds;

}  // namespace cppworker::app::python_files
