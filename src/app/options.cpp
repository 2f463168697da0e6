#include "app/options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

namespace cppworker::app {

namespace {

constexpr const char* kDescription =
    "A native worker for Locust: joins a stock `locust --master` and runs users written in C++.";
constexpr const char* kExamples =
    "Examples:\n"
    "  cpp-worker -f locustfile.cpp --master-host=10.0.0.5\n"
    "      compile (cached), load, join the master\n"
    "  cpp-worker -f locustfile.cpp --print-locustfile > locustfile.py\n"
    "      the master's side: the same classes and weights for `locust --master -f locustfile.py`";

/// Levenshtein distance, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

/// What to do about an argument that cpp-worker doesn't have.
std::string advice(const CLI::App& app, std::string_view unknown) {
  static constexpr std::array<std::string_view, 22> kMastersOptions = {
      "-H",     "--host",     "-u",         "--users",       "-r",          "--spawn-rate",
      "-t",     "--run-time", "--headless", "--master",      "--autostart", "--web-port",
      "--csv",  "--html",     "-T",         "--tags",        "-E",          "--exclude-tags",
      "--json", "--web-host", "-s",         "--stop-timeout"};
  unknown = unknown.substr(0, unknown.find('='));
  if (std::find(kMastersOptions.begin(), kMastersOptions.end(), unknown) != kMastersOptions.end()) {
    return " The master decides that: give it to `locust --master`.";
  }
  if (!unknown.starts_with('-')) {
    return " Which user classes run is chosen on the master.";
  }
  std::string best;
  std::size_t best_distance = std::min<std::size_t>(4, unknown.size() / 3);  // farther helps nobody
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::string dashed = "--" + name;
      if (const std::size_t distance = edit_distance(unknown, dashed); distance < best_distance) {
        best_distance = distance;
        best = dashed;
      }
    }
  }
  return best.empty() ? "" : " Did you mean " + best + "?";
}

CLI::Validator timespan_validator() {
  return CLI::Validator(
      [](std::string& text) {
        try {
          text = std::to_string(parse_timespan(text).count());
          return std::string();
        } catch (const Error& error) {
          return std::string(error.what());
        }
      },
      "TIME", "timespan");
}

std::vector<std::string> split_commas(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    for (const std::string& part : CLI::detail::split(value, ',')) {
      if (const std::string trimmed = CLI::detail::trim_copy(part); !trimmed.empty()) {
        parts.push_back(trimmed);
      }
    }
  }
  return parts;
}

bool is_python(const std::string& file) { return file.ends_with(".py"); }

/// An existing cluster's environment must not break this worker: its LOCUST_LOCUSTFILE names the
/// Python file, which is for the master and the Python workers.
void take_locustfiles_from_environment(Options& options) {
  if (const char* own = std::getenv("CPPWORKER_LOCUSTFILE"); own != nullptr) {
    options.locustfiles = split_commas({own});
    return;
  }
  const char* locusts = std::getenv("LOCUST_LOCUSTFILE");
  if (locusts == nullptr) {
    return;
  }
  for (const std::string& file : split_commas({locusts})) {
    if (is_python(file) || file == "-") {
      options.ignored.push_back("LOCUST_LOCUSTFILE names " + file +
                                ", which is for Python workers; -f or CPPWORKER_LOCUSTFILE decides "
                                "here.");
    } else {
      options.locustfiles.push_back(file);
    }
  }
}

/// Locust has no option for it either; whole seconds.
std::chrono::seconds additional_wait_from_environment() {
  constexpr const char* kName = "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP";
  const char* text = std::getenv(kName);
  if (text == nullptr) {
    return std::chrono::seconds{0};
  }
  int seconds = 0;
  if (!CLI::detail::lexical_cast(std::string(text), seconds) || seconds < 0) {
    throw Error(std::string(kName) + " is '" + text + "', but must be a whole number of seconds.");
  }
  return std::chrono::seconds{seconds};
}

}  // namespace

Options parse_options(int argc, const char* const* argv, bool has_linked_locustfile) {
  Options options;
  options.threads = available_cpus();
  CLI::App app(kDescription, "cpp-worker");
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  app.option_defaults()->take_last();  // as argparse: an option that is repeated overrides itself

  std::vector<std::string> files;
  long long max_unattended = options.max_unattended.count();
  std::optional<long long> connect_timeout;
  bool worker = false;

  if (!has_linked_locustfile) {
    app.add_option("-f,--locustfile", files,
                   "C++ source or shared library with the users; several by commas or by repeating "
                   "the option. Default: locustfile.cpp  [env: CPPWORKER_LOCUSTFILE]")
        ->allow_extra_args(false)
        ->take_all()
        ->type_name("FILE");
  }
  app.add_option("--master-host", options.master_host, "Host or IP address of the Locust master")
      ->envname("LOCUST_MASTER_NODE_HOST")
      ->capture_default_str()
      ->type_name("HOST");
  app.add_option("--master-port", options.master_port, "Port of the Locust master")
      ->envname("LOCUST_MASTER_NODE_PORT")
      ->capture_default_str()
      ->check(CLI::Range(1, 65535))
      ->type_name("PORT");
  app.add_flag("--worker", worker, "Accepted and ignored: cpp-worker is always a worker")
      ->envname("LOCUST_MODE_WORKER");
  app.add_option("--threads", options.threads,
                 "Threads that run users (default: the CPUs this process may use). 1 gives globals "
                 "the semantics they have in Locust")
      ->envname("CPPWORKER_THREADS")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  std::string on_master_loss = "rejoin";
  app.add_option("--on-master-loss", on_master_loss,
                 "When the master is gone: rejoin (stop users, wait for a master), keep-running "
                 "(users go on) or quit")
      ->check(CLI::IsMember({"rejoin", "keep-running", "quit"}).description(""))
      ->default_str("rejoin")
      ->type_name("rejoin|keep-running|quit");
  app.add_option("--max-unattended", max_unattended,
                 "How long users go on without a master under --on-master-loss=keep-running")
      ->transform(timespan_validator())
      ->default_str("10m")
      ->type_name("TIME");
  app.add_option("--connect-timeout", connect_timeout,
                 "Give up with exit code 1 when no master has answered for so long (default: try "
                 "for ever)")
      ->transform(timespan_validator())
      ->type_name("TIME");
  app.add_flag("--reset-stats", options.reset_stats,
               "Reset statistics once spawning has been completed; give it to the master too")
      ->envname("LOCUST_RESET_STATS");
  app.add_option("--stack-size", options.stack_size, "Bytes of stack for each running task")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(16 * 1024, 64 * 1024 * 1024))
      ->default_str("64KiB")
      ->type_name("SIZE");
  app.add_option("--blocking-threads", options.blocking_threads,
                 "Threads for run_blocking() at most; further calls wait for one")
      ->envname("CPPWORKER_BLOCKING_THREADS")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  app.add_option("--max-entries", options.max_entries,
                 "Distinct request names (and errors) to keep apart; the rest shares one row")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000))
      ->type_name("N");
  app.add_option("-L,--loglevel", options.loglevel, "DEBUG, INFO, WARNING, ERROR or CRITICAL")
      ->envname("LOCUST_LOGLEVEL")
      ->transform(
          CLI::IsMember({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}, CLI::ignore_case))
      ->default_str("INFO")
      ->type_name("LEVEL");
  app.add_option("--logfile", options.logfile, "Log into this file instead of stderr")
      ->envname("LOCUST_LOGFILE")
      ->type_name("FILE");
  app.add_flag("-l,--list", options.list, "Show the user classes and exit");
  app.add_flag("--print-locustfile", options.print_locustfile,
               "Print the Python locustfile that the master needs and exit");
  app.set_version_flag("-V,--version", std::string("cpp-worker ") + CPPWORKER_VERSION);

  try {
    app.allow_extras();
    app.parse(argc, argv);
    for (const std::string& extra : app.remaining()) {
      throw CLI::ExtrasError("cpp-worker", {extra});
    }
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    throw EarlyExit{0};
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << '\n';
    throw EarlyExit{0};
  } catch (const CLI::ParseError& error) {
    std::cerr << "cpp-worker: ";
    if (const auto extras = app.remaining(); !extras.empty()) {
      std::cerr << "unrecognized arguments: " << extras.front() << "."
                << advice(app, extras.front());
    } else {
      std::cerr << error.what();
    }
    std::cerr << "\nRun `cpp-worker --help` for all options.\n";
    throw EarlyExit{2};
  }

  options.on_master_loss = on_master_loss == "quit"     ? runner::OnMasterLoss::kQuit
                           : on_master_loss == "rejoin" ? runner::OnMasterLoss::kRejoin
                                                        : runner::OnMasterLoss::kKeepRunning;
  options.max_unattended = std::chrono::seconds{max_unattended};
  options.additional_wait_before_ready = additional_wait_from_environment();
  if (connect_timeout) {
    options.connect_timeout = std::chrono::seconds{*connect_timeout};
  }
  options.locustfiles = split_commas(files);
  if (options.locustfiles.empty() && !has_linked_locustfile) {
    take_locustfiles_from_environment(options);
  }
  return options;
}

}  // namespace cppworker::app
