#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
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
#include "app/compare_command.hpp"
#include "app/completion.hpp"
#include "app/config_users.hpp"
#include "app/debug_user.hpp"
#include "app/doctor.hpp"
#include "app/forked_children.hpp"
#include "app/init.hpp"
#include "app/local_run.hpp"
#include "app/logging.hpp"
#include "app/man_page.hpp"
#include "app/options.hpp"
#include "app/python_files.hpp"
#include "app/python_thresholds.hpp"
#include "app/report_command.hpp"
#include "app/resources.hpp"
#include "app/shard_group.hpp"
#include "app/signals.hpp"
#include "app/stages.hpp"
#include "app/standard_files.hpp"
#include "app/task_ratio.hpp"
#include "app/web.hpp"
#include "app/workers.hpp"
#include "http/curl/libraries.hpp"
#include "loader/compiler_command.hpp"
#include "loader/description.hpp"
#include "loader/environment_variable.hpp"
#include "loader/files.hpp"
#include "loader/from_python.hpp"
#include "loader/locustfile.hpp"
#include "loader/print.hpp"
#include "loader/process.hpp"
#include "loader/race_check.hpp"
#include "loader/source_flags.hpp"
#include "net/source_addresses.hpp"
#include "runner/threshold.hpp"
#include "user/source_lines.hpp"

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

loader::CompileOptions compile_options(const app::Options& options) {
  auto compile = loader::default_compile_options();
  compile.compile_flags = options.cxxflags;
  compile.link_flags = options.ldflags;
  compile.tells_on_stderr = !app::log_shows_progress(options) && isatty(STDERR_FILENO) == 1;
  return compile;
}

loader::Locustfile load_users(const app::Options& options, const LinkedLocustfile& linked,
                              char** argv) {
  if (linked.record != nullptr) {
    return loader::from_linked(*linked.abi, *linked.record, linked.init, linked.arguments,
                               linked.shape, linked.fail_if);
  }
  loader::LoadOptions load{.compile = compile_options(options)};
  // For a debugger: every line and variable of the source.
  if (!options.debug_user.empty()) load.compile->compile_flags += " -O0 -g";
  if (options.check_races) loader::watch_races(options.locustfiles, *load.compile, argv);
  return loader::load(options.locustfiles, load);
}

/// For --print-flags: one flag per line. Without a locustfile, the flags that every locustfile
/// needs.
std::string flags_text(const app::Options& options) {
  const auto compile = compile_options(options);
  loader::SourceFlags own;
  if (!options.locustfiles.empty() || std::filesystem::exists("locustfile.cpp")) {
    const auto files = loader::find_locustfiles(options.locustfiles);
    if (files.size() != 1 || !loader::is_source(files.front())) {
      throw Error("--print-flags needs one source file: -f locustfile.cpp");
    }
    own = loader::read_source_flags(files.front());
  }
  std::string text;
  for (const auto& flag : loader::editor_flags(compile, own)) text += flag + '\n';
  return text;
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

/// As in Locust, a class with the weight 0 gets no users, unless it has a fixed_count.
void remove_classes_without_weight(loader::Locustfile& locustfile) {
  std::erase_if(locustfile.user_classes, [](const detail::UserClass* user_class) {
    const detail::ClassAttributes attributes = user_class->attributes();
    return attributes.weight == 0 && attributes.fixed_count == 0;
  });
  if (locustfile.user_classes.empty()) {
    throw Error(
        "There are no users with weight > 0. Give a user class a weight or a fixed_count, or name "
        "other classes on the command line");
  }
}

/// With a master, no worker can count the tasks of all workers.
void log_iterations_without_effect(const loader::Locustfile& locustfile) {
  for (const detail::UserClass* user_class : locustfile.user_classes) {
    if (user_class->attributes().iterations == 0) continue;
    spdlog::info("Ignored: the iterations of {}, which have no effect with a master",
                 user_class->name);
  }
}

/// The text of --print-locustfile.
std::string stub_text(const app::Options& options, const loader::Locustfile& locustfile) {
  std::string text =
      loader::python_stub(locustfile.user_classes, locustfile.arguments, locustfile.fail_if);
  if (!options.stages.empty()) {
    text += app::python_shape(options.stages);
  } else if (locustfile.shape != nullptr) {
    spdlog::warn(
        "The printed locustfile lacks the load shape {}: its tick() is C++, which a Python master "
        "can't run. Write the shape in Python, or use --stages",
        locustfile.shape->name);
  }
  std::vector<runner::Threshold> thresholds = app::thresholds_of(options, locustfile);
  std::erase_if(thresholds, [](const runner::Threshold& threshold) {
    if (threshold.metric != runner::Threshold::Metric::kLatePercent) return false;
    spdlog::warn(
        "The master does not check '{}', because workers do not report late% to it. Only a run "
        "without a master (--headless) checks this condition",
        threshold.text);
    return true;
  });
  if (!thresholds.empty()) text += app::python_thresholds(thresholds, options.warm_up);
  return fmt::format("{}\n\n{}", text, app::python_files::kTabs);
}

/// Compares the master's Python locustfile with this one and prints the differences. Returns the
/// exit code: 0 if there is no difference.
int check(const std::string& python_file, const loader::Locustfile& locustfile) {
  const std::string theirs = loader::describe_python_file(
      python_file, loader::environment_variable("CPPWORKER_PYTHON", "python3"));
  const std::vector<std::string> found = loader::differences(
      theirs, loader::describe(locustfile.user_classes, locustfile.arguments, locustfile.fail_if));
  for (const std::string& difference : found) app::print(difference + '\n');
  if (found.empty()) app::print(python_file + " and the C++ locustfile agree.\n");
  return found.empty() ? 0 : 1;
}

/// Before a locustfile is compiled, so that a mistake is reported at once.
void use_source_addresses(const app::Options& options) {
  const bool runs_users = !options.list && !options.print_locustfile &&
                          options.check_locustfile.empty() && !options.show_task_ratio &&
                          !options.show_task_ratio_json;
  if (options.source_addresses.empty() || !runs_users) return;
  const auto addresses = net::SourceAddresses::parse(options.source_addresses);
  try {
    net::SourceAddresses::check(addresses);
  } catch (const Error& error) {
    throw Error(fmt::format("--source-addresses: {}", error.what()));
  }
  net::SourceAddresses::set_process(addresses);
}

void log_ignored(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) spdlog::info("{}", message);
}

/// `cpp-worker init [DIR]`, the words after "init".
int run_init(const std::vector<std::string>& words) {
  if (words.size() > 1 || (words.size() == 1 && words[0].starts_with('-'))) {
    std::cerr << "usage: cpp-worker init [DIR]\n";
    return words.size() == 1 && (words[0] == "--help" || words[0] == "-h") ? 0 : 2;
  }
  app::setup_logging({});
  app::print(app::init_project(words.empty() ? "." : words[0], loader::default_compile_options()));
  return 0;
}

/// `cpp-worker doctor [options]`: the options are the worker's.
int run_doctor(int argc, char** argv) {
  const app::Options options = app::parse_options(argc, argv, false);
  if (!options.rest.empty()) app::refuse_argument(options.rest.front(), {});
  spdlog::set_level(spdlog::level::warn);
  return app::run_doctor(options, compile_options(options));
}

/// `cpp-worker report FILE…`
int run_report(int argc, char** argv) {
  app::setup_logging({});
  return app::run_report(argc, argv);
}

/// `cpp-worker compare A B`
int run_compare(int argc, char** argv) {
  app::setup_logging({});
  return app::run_compare(argc, argv);
}

int run_worker(int argc, char** argv, const LinkedLocustfile& linked) {
  const app::Options options = app::parse_options(argc, argv, linked.record != nullptr);
  app::setup_logging(options);
  log_ignored(options.ignored);
  if (options.print_flags) {
    app::print(flags_text(options));
    return 0;
  }
  if (!options.print_completion.empty()) {
    app::print(app::completion(options.print_completion));
    return 0;
  }
  if (options.print_man_page) {
    app::print(app::man_page());
    return 0;
  }
  if (!options.from_python.empty()) {
    app::print(loader::skeleton_of_python_file(options.from_python));
    return 0;
  }
  use_source_addresses(options);
  loader::Locustfile locustfile = load_users(options, linked, argv);
  const app::ArgumentValues arguments =
      app::read_arguments(options.rest, options.rest_of_files, locustfile.arguments);
  log_ignored(arguments.ignored);
  if (options.list) {
    app::print(loader::list_text(locustfile.user_classes));
    return 0;
  }
  for (const auto& warning : locustfile.warnings) spdlog::warn("{}", warning);
  (void)app::thresholds_of(options, locustfile);  // reports a mistake, whatever the process does
  choose_user_classes(locustfile, arguments.user_classes);
  if (!options.check_locustfile.empty()) return check(options.check_locustfile, locustfile);
  if (options.print_locustfile) {
    app::print(stub_text(options, locustfile));
    return 0;
  }
  const app::UserCode user_code{
      .locustfile = locustfile,
      .arguments = arguments.values,
      .config_users = app::read_config_users(options.config_users, locustfile.user_classes)};
  const bool shows_ratio = options.show_task_ratio || options.show_task_ratio_json;
  if (options.standalone || shows_ratio) remove_classes_without_weight(locustfile);
  if (shows_ratio) {
    const app::RatioInput input{locustfile.user_classes, user_code.config_users, options.users};
    app::print(options.show_task_ratio ? app::task_ratio_text(input) : app::task_ratio_json(input));
    return 0;
  }
  for (const detail::UserClass* user_class : locustfile.user_classes) {
    detail::prepare_source_lines(reinterpret_cast<std::uintptr_t>(user_class->create));
  }
  raise_open_file_limit();
  keep_freed_memory();
  http::initialise_libraries();
  app::contain_forked_children();
  if (!options.debug_user.empty()) return app::run_debug_user(options, user_code, std::cout);
  app::log_without_waiting();
  if (!options.standalone) log_iterations_without_effect(locustfile);
  if (options.web) {
    return app::run_with_web_ui(options, user_code, stub_text(options, locustfile),
                                arguments.words);
  }
  if (options.standalone) return app::run_locally(options, user_code);
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
    // A command is the first word. A file with the same name comes after -f.
    const std::string_view command = argc > 1 && linked.record == nullptr ? argv[1] : "";
    if (command == "init") return run_init({argv + 2, argv + argc});
    if (command == "doctor") return run_doctor(argc - 1, argv + 1);
    if (command == "compare") return run_compare(argc - 1, argv + 1);
    if (command == "report") return run_report(argc - 1, argv + 1);
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
