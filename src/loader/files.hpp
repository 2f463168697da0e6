#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// Whether a value of -f, LOCUST_LOCUSTFILE or locust.conf is meant for Python workers: a .py file,
/// a URL, "-" (take it from the master), or a folder with .py files and none of ours.
[[nodiscard]] bool is_for_python(std::string_view file);

/// The locustfiles that the values of -f name, in their order, each once: .cpp, .cc, .cxx or .so
/// files; for a folder all C++ files in it (not below it) but those that begin with "_"; values may
/// be comma-separated lists. Without any value: locustfile.cpp in the current folder.
///
/// Throws Error for what is not there or can't be a locustfile; the text says what to do.
[[nodiscard]] std::vector<std::filesystem::path> find_locustfiles(
    const std::vector<std::string>& values);

/// Whether it must be compiled: .cpp, .cc or .cxx.
[[nodiscard]] bool is_source(const std::filesystem::path& file);

/// The parts of comma-separated lists, without white space around them and without empty ones.
[[nodiscard]] std::vector<std::string> split_list(const std::vector<std::string>& values);

}  // namespace cppworker::loader
