#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/run.hpp>
#include <cppworker/version.hpp>

#include "app/arguments.hpp"
#include "app/config_users.hpp"
#include "app/control.hpp"
#include "app/debug_user.hpp"
#include "app/logging.hpp"
#include "app/options.hpp"
#include "app/resources.hpp"
#include "app/signals.hpp"
#include "app/standard_files.hpp"
#include "app/workers.hpp"
#include "http/curl/libraries.hpp"
#include "loader/description.hpp"
#include "loader/environment_variable.hpp"
#include "loader/from_python.hpp"
#include "loader/locustfile.hpp"
#include "loader/print.hpp"
#include "loader/process.hpp"
#include "loader/race_check.hpp"

namespace cppworker {

namespace {

/// Each connected user needs a file descriptor; the usual soft limit of 1024 is for programs that
/// use select().
void raise_open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// Sets malloc's thresholds to the upper limits that glibc itself reaches after large blocks have
/// been freed. With the initial ones, 128 KiB, the memory of response bodies returns to the kernel
/// each time and costs a page fault per 4 KiB: 40 % of the cost of a response of 64 KiB.
void keep_freed_memory() {
  constexpr int kMegabyte = 1024 * 1024;
  for (const char* own : {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"}) {
    if (!loader::environment_variable(own).empty()) return;
  }
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);
  mallopt(M_TRIM_THRESHOLD, 64 * kMegabyte);
}

loader::Locustfile load_users(const app::Options& options, const LinkedLocustfile& linked,
                              char** argv) {
  if (linked.record != nullptr) {
    return loader::from_linked(*linked.abi, *linked.record, linked.init, linked.arguments);
  }
  loader::LoadOptions load{.compile = loader::default_compile_options()};
  load.compile->tells_on_stderr = !app::log_shows_progress(options) && isatty(STDERR_FILENO) == 1;
  // For a debugger: every line and variable of the source.
  if (!options.debug_user.empty()) load.compile->compile_flags += " -O0 -g";
  if (options.check_races) loader::watch_races(options.locustfiles, *load.compile, argv);
  return loader::load(options.locustfiles, load);
}

/// Keeps the classes that the command line names; all if it names none.
void choose_user_classes(loader::Locustfile& locustfile, const std::vector<std::string>& names) {
  const auto is_named = [&](const detail::UserClass* user_class) {
    return std::find(names.begin(), names.end(), user_class->name) != names.end();
  };
  auto& classes = locustfile.user_classes;
  for (const std::string& name : names) {
    if (std::none_of(classes.begin(), classes.end(),
                     [&](const auto* user_class) { return user_class->name == name; })) {
      throw Error(
          fmt::format("Unknown User(s): {} (--list shows the classes of this locustfile)", name));
    }
  }
  if (!names.empty()) std::erase_if(classes, std::not_fn(is_named));
}

/// Compares the master's Python locustfile with this one and prints the differences. Returns the
/// exit code: 0 if there is no difference.
int check(const std::string& python_file, const loader::Locustfile& locustfile) {
  const std::string theirs = loader::describe_python_file(
      python_file, loader::environment_variable("CPPWORKER_PYTHON", "python3"));
  const std::vector<std::string> found =
      loader::differences(theirs, loader::describe(locustfile.user_classes, locustfile.arguments));
  for (const std::string& difference : found) app::print(difference + '\n');
  if (found.empty()) app::print(python_file + " and the C++ locustfile agree.\n");
  return found.empty() ? 0 : 1;
}

void log_ignored(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) spdlog::info("{}", message);
}

int run_worker(int argc, char** argv, const LinkedLocustfile& linked) {
  const app::Options options = app::parse_options(argc, argv, linked.record != nullptr);
  app::setup_logging(options);
  log_ignored(options.ignored);
  if (!options.from_python.empty()) {
    app::print(loader::skeleton_of_python_file(options.from_python));
    return 0;
  }
  loader::Locustfile locustfile = load_users(options, linked, argv);
  const app::ArgumentValues arguments =
      app::read_arguments(options.rest, options.rest_of_files, locustfile.arguments);
  log_ignored(arguments.ignored);
  if (options.list) {
    app::print(loader::list_text(locustfile.user_classes));
    return 0;
  }
  choose_user_classes(locustfile, arguments.user_classes);
  if (!options.check_locustfile.empty()) return check(options.check_locustfile, locustfile);
  if (options.print_locustfile) {
    app::print(loader::python_stub(locustfile.user_classes, locustfile.arguments));
    return 0;
  }
  const app::UserCode user_code{
      .locustfile = locustfile,
      .arguments = arguments.values,
      .config_users = app::read_config_users(options.config_users, locustfile.user_classes)};
  raise_open_file_limit();
  keep_freed_memory();
  http::initialise_libraries();
  if (!options.debug_user.empty()) return app::run_debug_user(options, user_code, std::cout);
  app::log_without_waiting();
  return app::run_workers(options, user_code);
}

}  // namespace

int run(int argc, char** argv, const LinkedLocustfile& linked) {
  struct Flush {
    ~Flush() { spdlog::default_logger()->flush(); }
  } flush;
  app::open_standard_files();
  app::end_on_signals();
  try {
    app::log_uncaught_exceptions();
    return run_worker(argc, argv, linked);
  } catch (const app::EarlyExit& exit) {
    return exit.code;
  } catch (const loader::Interrupted& interrupted) {
    spdlog::info(
        "Ended by signal {}. The compiler, or the other program that was running, is ended too",
        interrupted.signal);
    app::end_by_signal(interrupted.signal);
  } catch (const std::exception& error) {
    spdlog::error("{}", app::describe_error(error));
    return 1;
  }
}

}  // namespace cppworker
