#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// True if a value of -f, LOCUST_LOCUSTFILE or locust.conf is for Python workers: a .py file, a
/// URL,
/// "-" (receive it from the master), or a directory that has .py files and no C++ files.
[[nodiscard]] bool is_for_python(std::string_view file);

/// The locustfiles that the values of -f name, in their order and without duplicates.
/// - A value is a .cpp, .cc, .cxx or .so file, or a comma-separated list.
/// - A directory stands for the C++ files in it, except those in subdirectories and those whose
/// name
///   begins with "_".
/// - Without values: locustfile.cpp in the current directory.
///
/// Throws Error if a file does not exist or can't be a locustfile.
[[nodiscard]] std::vector<std::filesystem::path> find_locustfiles(
    const std::vector<std::string>& values);

/// True if the file must be compiled: .cpp, .cc or .cxx.
[[nodiscard]] bool is_source(const std::filesystem::path& file);

/// The items of comma-separated lists, without surrounding white space and without empty items.
[[nodiscard]] std::vector<std::string> split_list(const std::vector<std::string>& values);

}  // namespace cppworker::loader
