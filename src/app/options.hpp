#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/config_file.hpp"
#include "runner/threshold.hpp"
#include "runner/worker_runner.hpp"
#include "stats/precision.hpp"

namespace cppworker::app {

/// --web: this process starts a stock `locust --master`, with its web UI, and joins it.
struct WebUi {
  std::string locust = "locust";              ///< the name of a program on the PATH, or a path
  std::string host;                           ///< of the web UI; "": all addresses
  int port = 8089;                            ///< of the web UI; 0: a free port
  std::string base_path;                      ///< of the web UI
  bool has_tls = false;                       ///< the web UI uses https
  std::string bind_host = "127.0.0.1";        ///< at which the master listens for workers
  int bind_port = 0;                          ///< likewise; 0: a free port
  std::vector<std::string> master_options{};  ///< words for the master's command line
};

/// The values of all options. Options that Locust has too have Locust's names. The first of these
/// sources that sets an option is used: the command line, the environment, --config,
/// pyproject.toml, locust.conf, ~/.locust.conf.
struct Options {
  std::vector<std::string> locustfiles;
  std::string master_host = "127.0.0.1";
  int master_port = 5557;
  std::size_t threads = 1;             ///< of all workers together
  std::size_t workers = 1;             ///< number of workers that the process registers
  std::size_t worker_number = 0;       ///< of one of several workers, from 1; 0: the only one
  std::size_t stack_size = 64 * 1024;  // bytes
  std::size_t blocking_threads = 64;
  std::string source_addresses;  ///< see net::SourceAddresses::parse(); "": the kernel chooses
  std::size_t max_entries = 10'000;
  stats::Precision precision = stats::Precision::kTwoDigits;
  bool phases = false;  ///< measure the phases of requests
  std::string loglevel = "INFO";
  std::string logfile;
  bool skip_log_setup = false;
  bool list = false;
  bool show_task_ratio = false;
  bool show_task_ratio_json = false;
  bool print_locustfile = false;
  std::string check_locustfile;  ///< --check: compare this Python file instead of printing ours
  std::string cxxflags;          ///< for the compiler of the locustfile, split as by a shell
  std::string ldflags;           ///< likewise
  bool print_flags = false;      ///< print the compiler's flags for an editor
  std::string print_completion;  ///< print the completion script for this shell
  bool print_man_page = false;
  std::string from_python;   ///< --from: print the skeleton of this Python locustfile
  bool check_races = false;  ///< build the locustfile with ThreadSanitizer
  std::string debug_user;    ///< run one user of this class here, without a master

  std::optional<WebUi> web;  ///< set: start a master with its web UI

  // Without a master. With one, its own options decide.
  bool standalone = false;  ///< run the test in this process, without a master
  std::optional<std::int64_t> users;
  std::optional<double> spawn_rate;
  std::optional<std::chrono::seconds> run_time;
  std::chrono::seconds stop_timeout{0};
  std::string stages;                         ///< a load shape, see parse_stages()
  std::optional<int> exit_code_on_error;      ///< if a request failed or user code threw; none: 1
  std::vector<runner::Threshold> thresholds;  ///< of --fail-if
  std::chrono::seconds warm_up{0};            ///< is left out by thresholds
  std::string junit;                          ///< file for their verdicts; "": none
  bool only_summary = false;                  ///< print tables only at the end
  std::string csv;                            ///< prefix of CSV files; "": none
  bool csv_full_history = false;
  std::string html;                       ///< file for the report; "": none
  std::string out;                        ///< the run file; "": none
  std::vector<std::string> reports;       ///< files for reports on the run file
  std::size_t failure_samples = 3;        ///< how many of each failure are kept
  std::vector<std::string> mask_headers;  ///< headers whose values samples do not show
  bool json = false;                      ///< print the statistics as JSON at the end
  std::string json_file;                  ///< without ".json"; "": none
  std::int64_t iterations = 0;            ///< tasks that all users together run; 0: no limit
  std::string host;
  std::vector<std::string> tags;          ///< likewise
  std::vector<std::string> exclude_tags;  ///< likewise
  std::vector<std::string> config_users;  ///< JSON texts or names of .json files
  bool reset_stats = false;
  bool equal_weights = false;  ///< classes and tasks have the same weight
  runner::OnMasterLoss on_master_loss = runner::OnMasterLoss::kRejoin;
  std::chrono::seconds max_unattended{600};
  std::optional<std::chrono::seconds> connect_timeout;
  std::chrono::seconds additional_wait_before_ready{0};
  std::vector<std::string> ignored;  ///< log messages about options and files that have no effect

  /// Words that are not options of cpp-worker: the locustfile's own arguments, user classes,
  /// mistakes. read_arguments() reads them when the locustfile is loaded.
  std::vector<std::string> rest;
  std::vector<Setting> rest_of_files;  ///< likewise, from configuration files
};

/// Thrown to end the program after --help, --version or a mistake, with the exit code.
struct EarlyExit {
  int code = 0;
};

/// Reads argv, the environment and configuration files. For --help, --version and mistakes it
/// prints the text, as Locust does, and throws EarlyExit with Locust's exit codes (0, or 2 for a
/// mistake).
[[nodiscard]] Options parse_options(int argc, const char* const* argv, bool has_linked_locustfile);

/// Whether cpp-worker takes this option ("--users", "-u") or accepts it as one of Locust's.
[[nodiscard]] bool is_option(const std::string& name);

/// Prints that `argument` is unknown, with the most similar known one, and throws EarlyExit.
[[noreturn]] void refuse_argument(const std::string& argument,
                                  const std::vector<std::string>& own_arguments);

}  // namespace cppworker::app
