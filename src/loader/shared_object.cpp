#include "loader/shared_object.hpp"

#include <cstdlib>

#include <dlfcn.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "loader/abi.hpp"
#include "loader/elf_needed.hpp"
#include "user/user_error.hpp"

namespace cppworker::loader {
namespace {

/// Advice for the most frequent messages of dlopen().
std::string_view hint(std::string_view message) {
  // With Clang, the executable must provide the functions of a sanitizer.
  if (message.find("undefined symbol: __tsan_") != std::string_view::npos ||
      message.find("undefined symbol: __asan_") != std::string_view::npos) {
    return "It was built with a sanitizer, but this cpp-worker was not. Use the same -fsanitize "
           "options for both.";
  }
  if (message.find("undefined symbol") != std::string_view::npos) {
    return "It uses a function that is not defined. Link the library that defines it (for -f "
           "x.cpp: the line `// cpp-worker: -lNAME` in it, or --ldflags), and build the locustfile "
           "against this cpp-worker.";
  }
  if (message.find("cannot open shared object file") != std::string_view::npos) {
    return "It needs a library that was not found. Install the library, or add its directory to "
           "LD_LIBRARY_PATH.";
  }
  if (message.find("failed to map") != std::string_view::npos) {
    return "If its directory is mounted noexec, use another one (for -f x.cpp: "
           "CPPWORKER_CACHE_DIR).";
  }
  return "Build it for this machine and against this cpp-worker.";
}

/// Ends the process at once: dlopen() has been interrupted and still holds its lock.
/// @pre Called in a catch block.
[[noreturn]] void end_after_failed_initialiser() {
  spdlog::error(
      "The initial value of a global variable or class attribute of the locustfile threw {}",
      detail::describe_current_exception({}, {}).msg);
  spdlog::default_logger()->flush();
  std::_Exit(1);
}

/// Loads the library and runs its initialisers.
void* open_library(const std::filesystem::path& file) {
  // dlopen() is declared noexcept, so that the compiler would not look for exceptions.
  void* (*const volatile open)(const char*, int) = &dlopen;
  // The path is absolute, because dlopen() would search for a name without a slash in other
  // directories. The handle is never closed, because destructors and thread-local data of the
  // locustfile would outlive its code.
  const std::filesystem::path path = std::filesystem::absolute(file);
  try {
    return open(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  } catch (...) {
    end_after_failed_initialiser();
  }
}

}  // namespace

SharedObject open_shared_object(const std::filesystem::path& file, std::string_view name) {
  const auto needed = elf_needed(file);
  if (!needed) {
    throw Error(fmt::format(
        "'{}' is not a shared library for this machine's architecture. Build the locustfile as a "
        "shared library for this machine, or pass its source: -f x.cpp",
        name));
  }
  check_needed(*needed, name);

  void* const handle = open_library(file);
  if (handle == nullptr) {
    const std::string message = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
    throw Error(fmt::format("Could not load '{}': {}. {}", name, message, hint(message)));
  }
  const auto* const abi = static_cast<const detail::AbiRecord*>(dlsym(handle, detail::kAbiSymbol));
  if (abi == nullptr) {
    throw Error(fmt::format(
        "'{}' is not a locustfile: it must end with CPPWORKER_LOCUSTFILE(...), which lists its "
        "user classes",
        name));
  }
  check_abi(*abi, name);
  const auto* const record =
      static_cast<const detail::LocustfileRecord*>(dlsym(handle, detail::kRecordSymbol));
  if (record == nullptr) {
    throw Error(
        fmt::format("'{}' exports no user classes ({}). Rebuild it.", name, detail::kRecordSymbol));
  }
  return {record, reinterpret_cast<detail::InitFunction>(dlsym(handle, detail::kInitSymbol)),
          static_cast<const detail::ArgumentsRecord*>(dlsym(handle, detail::kArgumentsSymbol)),
          static_cast<const detail::ShapeRecord*>(dlsym(handle, detail::kShapeSymbol)),
          static_cast<const detail::FailIfRecord*>(dlsym(handle, detail::kFailIfSymbol))};
}

}  // namespace cppworker::loader
