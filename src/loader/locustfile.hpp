#pragma once

#include <optional>
#include <string>
#include <vector>

#include <cppworker/detail/locustfile_record.hpp>

#include "loader/compile.hpp"

namespace cppworker::loader {

/// The user classes and init functions of all locustfiles of a run, in the order of the files. The
/// pointers are valid until the process ends.
struct Locustfile {
  std::vector<const detail::UserClass*> user_classes;
  std::vector<detail::InitFunction> init_functions;
  std::vector<Argument> arguments;
  std::vector<std::string> fail_if;            ///< thresholds, as they are written
  const detail::ShapeRecord* shape = nullptr;  ///< null: none of the files has a CPPWORKER_SHAPE
  std::vector<std::string> warnings;           ///< about probable mistakes, for the log
};

struct LoadOptions {
  std::optional<CompileOptions> compile{};  ///< none: default_compile_options()
};

/// Loads the locustfiles that the values of -f name (see find_locustfiles()), and compiles them
/// first if necessary. Call it before you start the first thread. Throws Error; the compiler's own
/// messages are on standard error.
[[nodiscard]] Locustfile load(const std::vector<std::string>& files, const LoadOptions& options);

/// The locustfile that is linked into the running executable (cppworker::main). Throws Error if it
/// does not fit this library or has no user class.
/// @param init its init function, or nullptr
/// @param arguments its arguments, or nullptr
/// @param shape its load shape, or nullptr
/// @param fail_if its thresholds, or nullptr
[[nodiscard]] Locustfile from_linked(const detail::AbiRecord& abi,
                                     const detail::LocustfileRecord& record,
                                     detail::InitFunction init,
                                     const detail::ArgumentsRecord* arguments = nullptr,
                                     const detail::ShapeRecord* shape = nullptr,
                                     const detail::FailIfRecord* fail_if = nullptr);

}  // namespace cppworker::loader
