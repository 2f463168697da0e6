#include <exception>
#include <iostream>

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cppworker/exception.hpp>
#include <cppworker/run.hpp>
#include <cppworker/version.hpp>

#include "app/control.hpp"
#include "app/logging.hpp"
#include "app/options.hpp"
#include "app/signals.hpp"
#include "http/libraries.hpp"
#include "loader/locustfile.hpp"
#include "loader/print.hpp"

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

loader::Locustfile load_users(const app::Options& options, const LinkedLocustfile& linked) {
  if (linked.record != nullptr) {
    return loader::from_linked(*linked.abi, *linked.record, linked.init);
  }
  return loader::load(options.locustfiles, {});
}

int run_worker(int argc, char** argv, const LinkedLocustfile& linked) {
  const app::Options options = app::parse_options(argc, argv, linked.record != nullptr);
  app::setup_logging(options.loglevel, options.logfile);
  for (const std::string& sentence : options.ignored) {
    spdlog::info("{}", sentence);
  }
  // Compiling starts a process: it comes before signals are blocked and threads exist.
  const loader::Locustfile locustfile = load_users(options, linked);
  if (options.list) {
    std::cout << loader::list_text(locustfile.user_classes);
    return 0;
  }
  if (options.print_locustfile) {
    std::cout << loader::python_stub(locustfile.user_classes);
    return 0;
  }
  raise_open_file_limit();
  http::initialise_libraries();
  app::SignalFd signals;
  spdlog::info("Starting cpp-worker {} with {} thread{}", CPPWORKER_VERSION, options.threads,
               options.threads == 1 ? "" : "s");
  app::Control control(options, locustfile, std::move(signals));
  return control.run();
}

}  // namespace

int run(int argc, char** argv, const LinkedLocustfile& linked) {
  try {
    return run_worker(argc, argv, linked);
  } catch (const app::EarlyExit& exit) {
    return exit.code;
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return 1;
  }
}

}  // namespace cppworker
