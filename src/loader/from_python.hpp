#pragma once

#include <string>

namespace cppworker::loader {

/// The text of --from: a C++ locustfile with the classes, tasks, weights, tags, wait times and
/// arguments of a Python locustfile. It compiles as it is. Simple statements are translated; the
/// others are comments, marked TODO. tools/from_python writes it with the Python that
/// CPPWORKER_PYTHON names (default: python3), which does not import the file.
///
/// Call it before you start the first thread. Throws Error if there is no Python, or if it can't
/// parse the file.
[[nodiscard]] std::string skeleton_of_python_file(const std::string& file);

}  // namespace cppworker::loader
