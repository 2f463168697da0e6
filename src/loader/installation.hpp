#pragma once

#include <filesystem>

/// Where the files of this copy of cpp-worker are: installed, or in its build and source trees.
namespace cppworker::loader {

/// The file that this code was loaded from; empty if it is not libcppworker.so.
[[nodiscard]] std::filesystem::path running_library();

/// The folder that holds cppworker/locust.hpp.
[[nodiscard]] std::filesystem::path headers_dir();

/// The folder of the Python scripts that cpp-worker runs.
[[nodiscard]] std::filesystem::path tools_dir();

}  // namespace cppworker::loader
