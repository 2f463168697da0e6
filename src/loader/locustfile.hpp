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
};

struct LoadOptions {
  std::optional<CompileOptions> compile{};  ///< none: default_compile_options()
};

/// Compiles what has to be compiled and loads the locustfiles that the values of -f name (see
/// find_locustfiles). Call it before the first thread is started. Throws Error with a sentence that
/// says what to do; the compiler's messages are on standard error then.
[[nodiscard]] Locustfile load(const std::vector<std::string>& files, const LoadOptions& options);

/// The locustfile that is linked into the running executable (cppworker::main).
/// @param init the executable's init function, or nullptr
/// @param arguments what it declares, or nullptr
[[nodiscard]] Locustfile from_linked(const detail::AbiRecord& abi,
                                     const detail::LocustfileRecord& record,
                                     detail::InitFunction init,
                                     const detail::ArgumentsRecord* arguments = nullptr);

}  // namespace cppworker::loader
