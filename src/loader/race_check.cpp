#include "loader/race_check.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "build_info.hpp"
#include "loader/elf_needed.hpp"
#include "loader/environment_variable.hpp"
#include "loader/files.hpp"

namespace cppworker::loader {
namespace {

/// Set for the second process. If the runtime could not be preloaded, the second process reports an
/// error instead of executing itself in a loop.
constexpr const char* kAgain = "CPPWORKER_CHECKS_RACES";

/// Placed before the user's own TSAN_OPTIONS, which override these.
constexpr std::string_view kTsanOptions =
    "ignore_noninstrumented_modules=1:report_signal_unsafe=0:detect_deadlocks=0";

/// The name of the runtime that the compiler has linked to a locustfile.
std::string runtime_of(const std::filesystem::path& product) {
  for (const std::string& library : elf_needed(product).value_or(std::vector<std::string>{})) {
    if (library.starts_with("libtsan.so")) return library;
  }
  throw Error(
      "--check-races: the compiler has not linked ThreadSanitizer's shared runtime (libtsan.so). "
      "Use g++, which has it");
}

std::string joined(std::string_view first, const std::string& second, char separator) {
  return second.empty() ? std::string(first) : fmt::format("{}{}{}", first, separator, second);
}

}  // namespace

bool watches_races() { return dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr; }

void watch_races(const std::vector<std::string>& files, CompileOptions& options, char** argv) {
  options.compile_flags += " -fsanitize=thread -O1 -g -fno-omit-frame-pointer";
  // Only the locustfile's own copies of inline functions (such as shared_ptr's) are instrumented.
  // Without the second option, copies that another library exports would be used instead.
  options.link_flags += " -fsanitize=thread -Wl,-Bsymbolic-functions";
  if (watches_races()) {
    spdlog::info(
        "Detecting data races. Tasks run several times slower; do not use the statistics of this "
        "run. Each race is reported once, with both accesses. The exit code is 66 if there are "
        "any.");
    return;
  }
  if (!std::string_view(build_info::kSanitizer).empty() || build_info::kCompilerId != "GNU") {
    throw Error("--check-races needs a cpp-worker that was built with g++ and without sanitizers");
  }
  std::string runtime;
  for (const auto& file : find_locustfiles(files)) {
    if (!is_source(file)) {
      throw Error(fmt::format(
          "--check-races needs to compile the locustfile itself. Pass its source instead of '{}'",
          file.native()));
    }
    runtime = runtime_of(compile(file, options));
  }
  if (!environment_variable(kAgain).empty()) {
    throw Error(fmt::format(
        "--check-races: '{}' can't be preloaded. Install it on this machine, with g++", runtime));
  }
  setenv(kAgain, "1", 1);
  setenv("LD_PRELOAD", joined(runtime, environment_variable("LD_PRELOAD"), ' ').c_str(), 1);
  setenv("TSAN_OPTIONS", joined(kTsanOptions, environment_variable("TSAN_OPTIONS"), ':').c_str(),
         1);
  // Older runtimes end the process if addresses are more random than they support.
  personality(ADDR_NO_RANDOMIZE);
  execv("/proc/self/exe", argv);
  throw Error(
      fmt::format("--check-races: cpp-worker can't execute itself: {}", std::strerror(errno)));
}

}  // namespace cppworker::loader
