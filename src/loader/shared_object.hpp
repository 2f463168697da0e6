#pragma once

#include <filesystem>

#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker::loader {

/// What a loaded locustfile exports. It stays loaded until the process ends, so the pointers hold.
struct SharedObject {
  const detail::LocustfileRecord* record;
  detail::InitFunction init;                 ///< nullptr: the file has no CPPWORKER_INIT
  const detail::ArgumentsRecord* arguments;  ///< nullptr: the file has no CPPWORKER_ARGUMENTS
};

/// Loads a compiled locustfile (its constructors run) once it is known to fit this library; throws
/// Error if it doesn't, or is no locustfile.
/// @param name names it in messages: the source file where there is one
[[nodiscard]] SharedObject open_shared_object(const std::filesystem::path& file,
                                              std::string_view name);

}  // namespace cppworker::loader
