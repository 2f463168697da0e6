#include "app/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

#include "app/available_cpus.hpp"
#include "app/completion.hpp"
#include "app/help_formatter.hpp"
#include "app/help_text.hpp"
#include "app/locust_options.hpp"
#include "app/report_command.hpp"
#include "app/stages.hpp"
#include "app/timespan.hpp"
#include "app/web_options.hpp"
#include "loader/files.hpp"
#include "net/source_addresses.hpp"
#include "text/ascii_case.hpp"

// The options of cpp-worker, and the options of Locust that it accepts and ignores.
namespace cppworker::app {
namespace {

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
      "", "timespan");
}

CLI::Validator rate_validator() {
  return CLI::Validator(
      [](std::string& text) {
        double rate = 0;
        const bool is_number = CLI::detail::lexical_cast(text, rate);
        return is_number && rate > 0 && std::isfinite(rate)
                   ? std::string()
                   : "'" + text + "' is not a number of users per second; it must be above 0";
      },
      "", "rate");
}

CLI::Validator stack_size_validator() {
  return CLI::Validator(
      [](std::string& text) {
        std::string bytes = text;
        std::uint64_t size = 0;
        try {
          (void)CLI::AsSizeValue(false)(bytes);  // "64KiB" becomes "65536"
          CLI::detail::lexical_cast(bytes, size);
        } catch (const CLI::ValidationError&) {  // an unknown unit; CLI11's own message is too long
        }
        if (size < 16 * 1024 || size > 64 * 1024 * 1024) {
          return "'" + text +
                 "' is not a valid size (16KiB to 64MiB). Use for example 64KiB or 131072.";
        }
        text = bytes;
        return std::string();
      },
      "", "size");
}

/// Each worker has its own threads, sockets and heartbeat.
constexpr int kMostWorkers = 256;

/// Accepts a name or an address. Rejects "master:5557", which would be looked up as a name, without
/// end.
CLI::Validator host_validator() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const bool in_brackets = text.starts_with('[') && text.ends_with(']');  // of IPv6
        const auto colons = std::ranges::count(text, ':');
        const bool is_name = colons != 1 && text.find_first_of("/[]") == std::string::npos;
        if (is_name || in_brackets) return {};
        return "'" + text +
               "' is not a host name or IP address. Give only the host, as in "
               "--master-host=10.0.0.5, and set the port with --master-port.";
      },
      "", "host");
}

CLI::Validator source_addresses_validator() {
  return CLI::Validator(
      [](std::string& text) {
        try {
          (void)net::SourceAddresses::parse(text);
          return std::string();
        } catch (const Error& error) {
          return std::string(error.what());
        }
      },
      "", "addresses");
}

CLI::Validator workers_validator() {
  return CLI::Validator(
      [](std::string& text) {
        int number = 0;
        const bool is_number = CLI::detail::lexical_cast(text, number);
        return text == "auto" || number == -1 || (is_number && number > 0 && number <= kMostWorkers)
                   ? std::string()
                   : "'" + text + "' is not a number of workers (1 to " +
                         std::to_string(kMostWorkers) + ") or auto";
      },
      "", "workers");
}

/// Makes the value upper case before it is checked.
CLI::Validator upper_case() {
  return CLI::Validator(
      [](std::string& text) {
        text = text::to_upper(text);
        return std::string();
      },
      "", "upper case");
}

CLI::Validator range(long long low, long long high) {
  return CLI::Validator(
      [low, high](std::string& text) {
        long long number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        if (is_number && low <= number && number <= high) return std::string();
        return fmt::format("'{}' is not a whole number from {} to {}", text, low, high);
      },
      "", "range");
}

/// In whole seconds. As in Locust, there is no command-line option for it.
std::chrono::seconds additional_wait_from_environment() {
  constexpr const char* kName = "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP";
  const char* text = std::getenv(kName);
  if (text == nullptr) {
    return std::chrono::seconds{0};
  }
  int seconds = 0;
  if (!CLI::detail::lexical_cast(std::string(text), seconds) || seconds < 0) {
    throw Error(std::string(kName) + " is '" + text + "'; it must be a whole number of seconds.");
  }
  return std::chrono::seconds{seconds};
}

/// ThreadSanitizer writes its report on the stack of the task in which it finds a race. 64 KiB are
/// too small for that.
constexpr std::size_t kStackOfWatchedTask = std::size_t{512} * 1024;

/// Splits values at blanks: the environment holds all values of a list option in one text.
void split_words(std::vector<std::string>& values) {
  std::vector<std::string> words;
  for (const std::string& value : values) {
    for (std::string& word : CLI::detail::split_up(value)) words.push_back(std::move(word));
  }
  values = std::move(words);
}

}  // namespace

CommandLine::CommandLine(bool has_linked_locustfile)
    : app_(std::string(kDescription), "cpp-worker"), has_linked_locustfile_(has_linked_locustfile) {
  options_.threads = available_cpus();
  max_unattended_ = options_.max_unattended.count();
  app_.footer(help_footer());
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.option_defaults()->take_last();  // as argparse: an option that is repeated overrides itself
  app_.option_defaults()->group("Common options");
  app_.get_help_ptr()->group("Common options");
  app_.allow_extras();
  if (!has_linked_locustfile) {
    files_option_ =
        app_.add_option("-f,--locustfile", files_,
                        "C++ source file or shared library with the users. Separate several by "
                        "commas, or repeat the option [default: locustfile.cpp] [env: "
                        "CPPWORKER_LOCUSTFILE]")
            ->allow_extra_args(false)
            ->take_all()
            ->type_name("FILE");
  }
  config_option_ =
      app_.add_option("--config", config_, "File to read more options from")->type_name("FILE");
  add_tools();
  add_master_options();
  add_user_options();
  add_process_options();
  add_log_options();
  add_local_options();
  add_web_options();
  add_options_of_others();
}

void CommandLine::one_of(std::vector<std::string> choices, CLI::Option* option) {
  option->check(CLI::IsMember(choices).description(""));
  choices_[option] = std::move(choices);
}

std::vector<std::string> CommandLine::choices_of(const CLI::Option* option) const {
  const auto found = choices_.find(option);
  return found == choices_.end() ? std::vector<std::string>{} : found->second;
}

void CommandLine::add_master_options() {
  app_.option_defaults()->group("Worker options");
  master_host_option_ = app_.add_option("--master-host", options_.master_host,
                                        "Host or IP address of the Locust master")
                            ->envname("LOCUST_MASTER_NODE_HOST")
                            ->capture_default_str()
                            ->check(host_validator())
                            ->type_name("HOST");
  app_.add_option("--master-port", options_.master_port, "Port of the Locust master")
      ->envname("LOCUST_MASTER_NODE_PORT")
      ->capture_default_str()
      ->check(range(1, 65535))
      ->type_name("PORT");
  app_.add_flag("--worker", worker_,
                "Join a master even if --headless is set, for example in the environment")
      ->envname("LOCUST_MODE_WORKER");
  one_of(
      {"rejoin", "keep-running", "quit"},
      app_.add_option("--on-master-loss", on_master_loss_,
                      "What to do when the master is lost: rejoin (stop users, wait for a master), "
                      "keep-running (keep users running) or quit")
          ->default_str("rejoin")
          ->type_name("WHAT"));
  app_.add_option("--max-unattended", max_unattended_,
                  "With --on-master-loss=keep-running: how long users run without a master")
      ->transform(timespan_validator())
      ->default_str("10m")
      ->type_name("TIME");
  app_.add_option("--connect-timeout", connect_timeout_,
                  "Exit with code 1 if no master answers within TIME (default: retry "
                  "indefinitely)")
      ->transform(timespan_validator())
      ->type_name("TIME");
}

void CommandLine::add_user_options() {
  app_.option_defaults()->group("User and statistics options");
  app_.add_option("--config-users", options_.config_users,
                  "Attributes of user classes, in Locust's format: JSON objects or .json files, "
                  "each with a user_class_name")
      ->envname("LOCUST_CONFIG_USERS")
      ->take_all()
      ->type_name("JSON|FILE");
  app_.add_flag("--reset-stats", options_.reset_stats,
                "Reset statistics when spawning is complete. Set it on the master too")
      ->envname("LOCUST_RESET_STATS");
  app_.add_flag("--equal-weights", options_.equal_weights,
                "Give all tasks of a user class the same weight; without a master, also all user "
                "classes");
  one_of({"2", "3", "locust"},
         app_.add_option(
                 "--response-time-precision", precision_,
                 "Precision of response times in percentiles: 2 digits (Locust's own steps from "
                 "10 ms up), 3 digits, or locust (whole milliseconds)")
             ->default_str("2")
             ->type_name("2|3|locust"));
  app_.add_flag("--phases", options_.phases,
                "Measure the phases of each request of HttpUser and FastHttpUser: DNS, connect, "
                "TLS, send, wait, receive; and count new connections")
      ->envname("CPPWORKER_PHASES");
  app_.add_option("--max-entries", options_.max_entries,
                  "Maximum number of distinct request names (and of distinct errors); further ones "
                  "share one row")
      ->capture_default_str()
      ->check(range(1, 10'000'000))
      ->type_name("N");
}

void CommandLine::add_process_options() {
  app_.option_defaults()->group("Thread options");
  app_.add_option(
          "--threads", options_.threads,
          "Number of threads that run users (default: the CPUs that this process may use). With "
          "1, globals behave as in Locust")
      ->envname("CPPWORKER_THREADS")
      ->capture_default_str()
      ->check(range(1, 1024))
      ->type_name("N");
  app_.add_option("--workers,--processes", workers_,
                  "Register with the master as N workers, each with a share of the threads; auto "
                  "(or -1): one per thread")
      ->envname("LOCUST_PROCESSES")
      ->default_str("1")
      ->check(workers_validator())
      ->type_name("N|auto");
  app_.add_option("--stack-size", options_.stack_size, "Stack size of each running task")
      ->transform(stack_size_validator())
      ->default_str("64KiB")
      ->type_name("SIZE");
  app_.add_option("--blocking-threads", options_.blocking_threads,
                  "Maximum number of threads for run_blocking(); further calls wait in a queue")
      ->envname("CPPWORKER_BLOCKING_THREADS")
      ->capture_default_str()
      ->check(range(1, 10'000))
      ->type_name("N");
  app_.add_option("--source-addresses", options_.source_addresses,
                  "Local addresses that connections of users come from, in turn, as in "
                  "10.0.0.2,10.0.0.5 or 10.0.0.2-10.0.0.9 (default: the kernel chooses one)")
      ->envname("CPPWORKER_SOURCE_ADDRESSES")
      ->check(source_addresses_validator())
      ->type_name("ADDRESSES");
}

void CommandLine::add_log_options() {
  app_.option_defaults()->group("Log options");
  one_of(
      {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
      app_.add_option("-L,--loglevel", options_.loglevel, "DEBUG, INFO, WARNING, ERROR or CRITICAL")
          ->envname("LOCUST_LOGLEVEL")
          ->transform(upper_case())
          ->default_str("INFO")
          ->type_name("LEVEL"));
  app_.add_option("--logfile", options_.logfile, "Log to this file instead of stderr")
      ->envname("LOCUST_LOGFILE")
      ->type_name("FILE");
  app_.add_flag("--skip-log-setup", options_.skip_log_setup,
                "Log only warnings and errors, as plain text on stderr")
      ->envname("LOCUST_SKIP_LOG_SETUP");
}

void CommandLine::add_tools() {
  app_.add_flag("-l,--list", options_.list, "List the user classes and exit");
  app_.add_flag("--show-task-ratio", options_.show_task_ratio,
                "Print the ratios of the user classes and of their tasks and exit; set --users if "
                "classes have a fixed_count");
  app_.add_flag("--show-task-ratio-json", options_.show_task_ratio_json,
                "Print these ratios as JSON and exit");
  app_.add_flag("--print-locustfile", options_.print_locustfile,
                "Print the Python locustfile that the master needs and exit. It adds tabs to the "
                "master's web UI");
  app_.add_option(
          "--check", options_.check_locustfile,
          "With --print-locustfile: print instead how the master's Python locustfile FILE.py "
          "differs from this one; exit code 1 if it differs")
      ->type_name("FILE.py");
  app_.add_option("--from", options_.from_python,
                  "Print the skeleton of a C++ locustfile for the Python locustfile FILE.py and "
                  "exit. Needs python3, but not Locust")
      ->type_name("FILE.py");
  if (!has_linked_locustfile_) {
    app_.add_option("--cxxflags", options_.cxxflags,
                    "Flags for compiling the locustfile, in quotes: \"-Iinclude -O1\". The line "
                    "`// cpp-worker: -Iinclude -lpq` in the locustfile does the same")
        ->envname("CPPWORKER_CXXFLAGS")
        ->type_name("FLAGS");
    app_.add_option("--ldflags", options_.ldflags,
                    "Flags for linking the locustfile, in quotes: \"-lpq -Llib\"")
        ->envname("CPPWORKER_LDFLAGS")
        ->type_name("FLAGS");
    app_.add_flag("--print-flags", options_.print_flags,
                  "Print the flags with which the locustfile is compiled, one per line, and exit. "
                  "Editors with clangd read them from a file compile_flags.txt");
    one_of(completion_shells(),
           app_.add_option("--print-completion", options_.print_completion,
                           "Print the script that completes options in a shell, and exit: bash, "
                           "zsh or fish")
               ->type_name("SHELL"));
    app_.add_flag("--print-man-page", options_.print_man_page, "Print the man page and exit");
    app_.add_flag("--check-races", options_.check_races,
                  "Detect data races between threads in the locustfile's code (slow); needs its "
                  "source file and g++");
  }
  app_.add_option("--debug-user", options_.debug_user,
                  "Run one user of this class without a master and print every request")
      ->type_name("CLASS");
  app_.set_version_flag("-V,--version", std::string("cpp-worker ") + CPPWORKER_VERSION);
}

void CommandLine::add_list(const char* names, std::vector<std::string>& values,
                           const char* variable, const char* description) {
  of_local_run_.push_back(app_.add_option(names, values, description)
                              ->expected(0, CLI::detail::expected_max_vector_size)
                              ->take_all()
                              ->type_name("TAG...")
                              ->envname(variable));
}

/// The options of a run without a master. Most are also Locust's master's.
void CommandLine::add_local_options() {
  app_.option_defaults()->group("Options of a run without a master");
  const auto add = [this](CLI::Option* option, const char* variable = "") {
    of_local_run_.push_back(option->envname(variable));
    return option;
  };
  add(app_.add_option("-u,--users", options_.users, "Number of users"), "LOCUST_USERS")
      ->default_str("1")
      ->check(range(0, 1'000'000'000))
      ->type_name("N");
  add(app_.add_option("-r,--spawn-rate", options_.spawn_rate,
                      "Users that start per second, spread evenly"),
      "LOCUST_SPAWN_RATE")
      ->default_str("1")
      ->check(rate_validator())
      ->type_name("N");
  add(app_.add_option("-t,--run-time", run_time_,
                      "Stop after TIME, for example 300s, 20m or 1h30m (default: at Ctrl-C)"),
      "LOCUST_RUN_TIME")
      ->transform(timespan_validator())
      ->type_name("TIME");
  add(app_.add_flag("--headless", headless_,
                    "Run the test in this process, without a master, and print statistics"),
      "LOCUST_HEADLESS");
  add(app_.add_flag("--autostart", autostart_,
                    "With --web: start the test at once. Otherwise as --headless"),
      "LOCUST_AUTOSTART");
  add(app_.add_option("--csv", options_.csv,
                      "Write statistics to the CSV files PREFIX_stats.csv, _stats_history.csv, "
                      "_failures.csv and _exceptions.csv"),
      "LOCUST_CSV")
      ->type_name("PREFIX");
  add(app_.add_flag("--csv-full-history", options_.csv_full_history,
                    "With --csv: write a row for each name to the history file"),
      "LOCUST_CSV_FULL_HISTORY");
  add(app_.add_flag("--print-stats", print_stats_,
                    "Accepted and ignored: without a master, statistics are always printed"),
      "LOCUST_PRINT_STATS");
  add(app_.add_flag("--only-summary", options_.only_summary, "Print statistics only at the end"),
      "LOCUST_ONLY_SUMMARY");
  add(app_.add_option("--html", options_.html,
                      "Write a report to this HTML file; {u}, {r} and {t} stand for users, spawn "
                      "rate and run time"),
      "LOCUST_HTML")
      ->type_name("FILE");
  app_.add_option("--out", options_.out,
                  "Record the run in this file, second by second; with a master, what this worker "
                  "measures. "
                  "\"cpp-worker report FILE\" reads it")
      ->envname("CPPWORKER_OUT")
      ->type_name("FILE");
  app_.add_option(
          "--failure-samples", options_.failure_samples,
          "With --out, or for the tabs of the master's web UI: of each failure, keep up to N "
          "requests with their responses, secrets masked; 0: none")
      ->envname("CPPWORKER_FAILURE_SAMPLES")
      ->capture_default_str()
      ->check(range(0, 20))
      ->type_name("N");
  app_.add_option("--mask-headers", options_.mask_headers,
                  "Headers whose values samples do not show, separated by commas, besides "
                  "Authorization, Proxy-Authorization, Cookie and Set-Cookie")
      ->envname("CPPWORKER_MASK_HEADERS")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all()
      ->type_name("NAMES");
  add(app_.add_option("--report", options_.reports,
                      "With --out: write a report at the end, in the format that the end of the "
                      "name stands for: .html, .json, .md or .har; may be repeated"))
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("FILE");
  add(app_.add_flag("--json", options_.json, "Print the statistics as JSON to standard output"));
  add(app_.add_option("--json-file", options_.json_file,
                      "Write the statistics as JSON to FILE.json at the end"))
      ->type_name("FILE");
  add(app_.add_option("--exit-code-on-error", options_.exit_code_on_error,
                      "The exit code if a request failed or user code threw an exception"),
      "LOCUST_EXIT_CODE_ON_ERROR")
      ->check(range(0, 255))
      ->default_str("1")
      ->type_name("CODE");
  add(app_.add_option("-s,--stop-timeout", stop_timeout_,
                      "How long running tasks may take to finish when users stop"),
      "LOCUST_STOP_TIMEOUT")
      ->transform(timespan_validator())
      ->default_str("0")
      ->type_name("TIME");
  add(app_.add_option("--stages", options_.stages,
                      "Change the number of users in stages, as in \"100,30s;500@50,2m;0,10s\": "
                      "users, users per second after @ (default: evenly over the stage), time"),
      "CPPWORKER_STAGES")
      ->type_name("STAGES");
  add(app_.add_option("--fail-if", fail_if_,
                      "Exit with code 3 if the run meets this condition, as in \"p95 > 200ms\" or "
                      "'fail% of \"POST /*\" > 1 for 10s, stop'; may be repeated; also with "
                      "--print-locustfile"))
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("CONDITION");
  add(app_.add_option(
          "--warm-up", warm_up_,
          "Conditions of --fail-if do not count what is measured before TIME; also with "
          "--print-locustfile"))
      ->transform(timespan_validator())
      ->default_str("0")
      ->type_name("TIME");
  add(app_.add_option("--junit", options_.junit,
                      "Write the verdicts on --fail-if to FILE in JUnit's format"))
      ->type_name("FILE");
  add(app_.add_option("-i,--iterations", options_.iterations,
                      "Stop after N tasks of all users together; also with --debug-user"))
      ->check(range(1, 1'000'000'000))
      ->type_name("N");
  add(app_.add_option("-H,--host", options_.host,
                      "Base URL of the system under test; also with --debug-user"),
      "LOCUST_HOST")
      ->type_name("URL");
  add_list("-T,--tags", options_.tags, "LOCUST_TAGS",
           "Run only tasks with one of these tags; also with --debug-user");
  add_list("-E,--exclude-tags", options_.exclude_tags, "LOCUST_EXCLUDE_TAGS",
           "Run no task with one of these tags; also with --debug-user");
}

void CommandLine::add_web_options() {
  app_.option_defaults()->group("Web UI options");
  of_local_run_.push_back(app_.add_flag(
      "--web", web_,
      "Start a Locust master with its web UI on this machine, and join it. Locust's options (-u, "
      "--csv, --web-port, --class-picker, ...) are passed on to it"));
  of_local_run_.push_back(
      app_.add_option("--locust", "With --web: the program to start (pip install locust)")
          ->default_str("locust")
          ->type_name("FILE"));
}

void CommandLine::add_options_of_others() {
  for (const LocustOption& other : options_of_others()) {
    const std::string names(other.names);
    CLI::Option* option = other.arity == LocustOption::Arity::kFlag
                              ? app_.add_flag(names)
                              : app_.add_option(names)->expected(1);
    option->group(HelpFormatter::kHiddenGroup)->envname(std::string(other.variable));
    of_others_.push_back(option);
  }
}

// --- reading, in order of precedence: command line and environment, then configuration files ---

/// CLI11 takes the name of the next option as the value of an option whose value was forgotten.
void CommandLine::check_values(std::span<const char* const> words) const {
  const auto find = [this](std::string_view word) {
    return word.starts_with('-') ? app_.get_option_no_throw(std::string(word)) : nullptr;
  };
  for (std::size_t i = 1; i + 1 < words.size() && words[i] != std::string_view("--"); ++i) {
    const CLI::Option* const option = find(words[i]);
    if (option == nullptr || option->get_items_expected_min() == 0) continue;
    // Flags of the compiler may look like options.
    const bool takes_flags = option->check_lname("cxxflags") || option->check_lname("ldflags");
    if (!takes_flags && find(words[i + 1]) != nullptr) {
      throw CLI::ArgumentMismatch(option->get_name() + ": expected one argument");
    }
    ++i;
  }
}

void CommandLine::read(int argc, const char* const* argv) {
  check_values({argv, static_cast<std::size_t>(argc)});
  app_.parse(argc, argv);
  has_processes_ = std::getenv("LOCUST_PROCESSES") != nullptr;
  for (const ConfigFile& file : read_config_files(config_)) apply(file);
}

void CommandLine::apply(const ConfigFile& file) {
  for (const Setting& setting : file.settings) {
    CLI::Option* option = app_.get_option_no_throw("--" + setting.key);
    if (setting.key == "processes") has_processes_ = true;
    if (option == nullptr) {
      options_.rest_of_files.push_back(setting);
    } else if (option == files_option_) {
      if (files_of_settings_.empty()) files_of_settings_ = setting.values;
    } else if (option->count() == 0 && option != config_option_) {
      try {
        for (const std::string& value : setting.values) option->add_result(value);
        option->run_callback();
      } catch (const CLI::ParseError& error) {
        throw Error(file.name + ": " + error.what());
      }
    }
  }
}

std::vector<std::string> CommandLine::long_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool CommandLine::is_on(const char* flag) const {
  const CLI::Option* option = app_.get_option(flag);
  return option->count() > 0 && option->as<bool>();
}

bool CommandLine::names_master() const {
  return worker_ || is_on("--master") || master_host_option_->count() > 0;
}

/// A named master has precedence, so that --headless in the environment of an existing cluster
/// never turns its worker into a run of its own.
void CommandLine::choose_mode() {
  const bool headless = headless_ && !is_on("--headful");
  const bool is_local = headless || autostart_ || !options_.stages.empty();
  if (!options_.debug_user.empty() || !(web_ || is_local)) return;
  if (names_master()) {
    options_.ignored.push_back(
        "Joining the master at " + options_.master_host + ":" +
        std::to_string(options_.master_port) +
        " as a worker: --worker, --master and --master-host have precedence over --web, "
        "--headless, --autostart and --stages");
    return;
  }
  if (options_.csv_full_history && options_.csv.empty()) {
    throw Error("'--csv-full-history' requires '--csv'.");
  }
  if (web_) {
    if (headless) options_.ignored.emplace_back("--web has precedence over --headless");
    options_.web = web_options(app_, options_);
    // The master reads the same environment and files. These options mean something else there.
    if (headless_) options_.web->master_options.emplace_back("--headful");
    if (has_processes_) options_.web->master_options.emplace_back("--processes=0");
    return;
  }
  options_.standalone = true;
  if (!headless && autostart_) {
    options_.ignored.emplace_back(
        "--autostart works as --headless here, because a run without a master has no web UI. Use "
        "--web for Locust's web UI");
  }
  if (!options_.reports.empty() && options_.out.empty()) {
    throw Error("'--report' requires '--out': the report is made from the run file.");
  }
  for (const std::string& file : options_.reports) check_report_name(file);
}

void CommandLine::note_ignored() {
  std::vector<std::string> names;
  const auto note = [&](const std::vector<CLI::Option*>& options, auto is_used) {
    for (const CLI::Option* option : options) {
      const bool is_off = option->get_expected_max() == 0 && !option->as<bool>();
      if (option->count() > 0 && !is_off && !is_used(*option)) {
        names.push_back("--" + option->get_lnames().front());
      }
    }
  };
  note(of_local_run_, [this](const CLI::Option& option) {
    const auto is_one_of = [&](std::initializer_list<const char*> known) {
      return std::ranges::any_of(known, [&](const char* name) { return option.check_lname(name); });
    };
    if (options_.web) return has_effect_with_web(option);
    if (!options_.debug_user.empty()) {
      return is_one_of({"host", "tags", "exclude-tags", "iterations"});
    }
    if (options_.print_locustfile && is_one_of({"fail-if", "warm-up"})) return true;
    const bool shows_ratio = options_.show_task_ratio || options_.show_task_ratio_json;
    if (shows_ratio && is_one_of({"users"})) return true;
    return options_.standalone && !is_one_of({"web", "locust"});
  });
  note(of_others_,
       [this](const CLI::Option& option) { return options_.web && has_effect_with_web(option); });
  if (names.empty()) return;
  const bool is_worker = !options_.web && !options_.standalone && options_.debug_user.empty();
  const char* const where = options_.web          ? "with --web"
                            : options_.standalone ? "without a master"
                            : is_worker           ? "on a worker"
                                                  : "with --debug-user";
  std::string text = fmt::format("Ignored, because these options have no effect {}: {}", where,
                                 fmt::join(names, ", "));
  if (is_worker && !names_master()) text += ". Use --headless for a run without a master";
  options_.ignored.push_back(std::move(text));
}

/// The command lines, environment and files of an existing cluster must not break this worker. They
/// name Python files for the master and the Python workers, which are ignored here.
void CommandLine::choose_locustfiles() {
  const auto from_environment = [](const char* name) {
    const char* value = std::getenv(name);
    return loader::split_list(value == nullptr ? std::vector<std::string>{}
                                               : std::vector<std::string>{value});
  };
  const std::vector<std::string> own = from_environment("CPPWORKER_LOCUSTFILE");
  const std::pair<const char*, std::vector<std::string>> sources[] = {
      {"-f", loader::split_list(files_)},
      {"CPPWORKER_LOCUSTFILE", own},
      {"LOCUST_LOCUSTFILE", from_environment("LOCUST_LOCUSTFILE")},
      {"the configuration file", loader::split_list(files_of_settings_)}};
  for (const auto& [source, files] : sources) {
    // With only -f, a Python file is a mistake, which the loader reports.
    const bool asked_for = source == sources[0].first && own.empty();
    for (const std::string& file : files) {
      if (!asked_for && loader::is_for_python(file)) {
        options_.ignored.push_back("Ignored " + file + " from " + source +
                                   ", because it is for Python workers. Select the C++ locustfile "
                                   "with -f or CPPWORKER_LOCUSTFILE.");
      } else {
        options_.locustfiles.push_back(file);
      }
    }
    if (!options_.locustfiles.empty()) return;
  }
}

Options CommandLine::take() {
  if (!has_linked_locustfile_) choose_locustfiles();
  options_.on_master_loss = on_master_loss_ == "quit"     ? runner::OnMasterLoss::kQuit
                            : on_master_loss_ == "rejoin" ? runner::OnMasterLoss::kRejoin
                                                          : runner::OnMasterLoss::kKeepRunning;
  const bool one_per_thread = workers_ == "auto" || workers_ == "-1";
  options_.workers = one_per_thread ? options_.threads : std::stoul(workers_);
  options_.precision = precision_ == "2"   ? stats::Precision::kTwoDigits
                       : precision_ == "3" ? stats::Precision::kThreeDigits
                                           : stats::Precision::kLocust;
  options_.max_unattended = std::chrono::seconds{max_unattended_};
  if (connect_timeout_) options_.connect_timeout = std::chrono::seconds{*connect_timeout_};
  options_.additional_wait_before_ready = additional_wait_from_environment();
  if (options_.check_races) {
    options_.stack_size = std::max(options_.stack_size, kStackOfWatchedTask);
  }
  split_words(options_.tags);
  split_words(options_.exclude_tags);
  if (run_time_ && *run_time_ > 0) options_.run_time = std::chrono::seconds{*run_time_};
  options_.stop_timeout = std::chrono::seconds{stop_timeout_};
  choose_mode();
  options_.warm_up = std::chrono::seconds{warm_up_};
  if (!options_.debug_user.empty() && !options_.out.empty()) {
    options_.ignored.emplace_back("Ignored --out: a run with --debug-user is not recorded");
    options_.out.clear();
  }
  const CLI::Option* const stages = app_.get_option("--stages");
  if (stages->count() > 0) (void)parse_stages(options_.stages);  // reports a mistake
  for (const std::string& text : fail_if_) {
    options_.thresholds.push_back(runner::parse_threshold(text));
  }
  if (options_.standalone && options_.workers > 1) {
    options_.ignored.emplace_back(
        "Ignored --workers (or --processes): without a master, --threads sets the number of "
        "threads");
    options_.workers = 1;
  }
  note_ignored();
  options_.rest = app_.remaining();
  return std::move(options_);
}

}  // namespace cppworker::app
