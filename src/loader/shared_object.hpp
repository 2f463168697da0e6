#pragma once

#include <filesystem>

#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker::loader {

/// The exports of a loaded locustfile. It stays loaded, and the pointers stay valid, until the
/// process ends.
struct SharedObject {
  const detail::LocustfileRecord* record;
  detail::InitFunction init;                 ///< nullptr: the file has no CPPWORKER_INIT
  const detail::ArgumentsRecord* arguments;  ///< nullptr: the file has no CPPWORKER_ARGUMENTS
  const detail::ShapeRecord* shape;          ///< nullptr: the file has no CPPWORKER_SHAPE
  const detail::FailIfRecord* fail_if;       ///< nullptr: the file has no CPPWORKER_FAIL_IF
};

/// Loads a compiled locustfile, which runs its constructors. Throws Error if the file does not fit
/// this library or is not a locustfile; most mistakes are found before loading.
/// @param name its name in messages: the source file if there is one
[[nodiscard]] SharedObject open_shared_object(const std::filesystem::path& file,
                                              std::string_view name);

}  // namespace cppworker::loader
