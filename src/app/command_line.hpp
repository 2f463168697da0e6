#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace cppworker::app {

/// The options, as CLI11 declares them, with the variables that it stores them in. Not movable,
/// because CLI11 holds their addresses.
class CommandLine {
 public:
  explicit CommandLine(bool has_linked_locustfile);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads argv and the environment, then the configuration files for options that are not set yet.
  /// Throws CLI::Error, or Error for a configuration file.
  void read(int argc, const char* const* argv);

  /// The options that read() has read. Throws Error if they do not fit together.
  [[nodiscard]] Options take();

  [[nodiscard]] const CLI::App& app() const { return app_; }
  /// The long names of all options ("--master-host", …), also of those that are ignored.
  [[nodiscard]] std::vector<std::string> long_names() const;
  /// The values that an option accepts; empty if there is no list of them.
  [[nodiscard]] std::vector<std::string> choices_of(const CLI::Option* option) const;

 private:
  void one_of(std::vector<std::string> choices, CLI::Option* option);
  void add_master_options();
  void add_user_options();
  void add_process_options();
  void add_log_options();
  void add_tools();
  void add_local_options();
  void add_web_options();
  void add_list(const char* names, std::vector<std::string>& values, const char* variable,
                const char* description);
  void add_options_of_others();
  void check_values(std::span<const char* const> words) const;
  void apply(const ConfigFile& file);
  [[nodiscard]] bool is_on(const char* flag) const;
  [[nodiscard]] bool names_master() const;
  void choose_mode();
  void note_ignored();
  void choose_locustfiles();

  CLI::App app_;
  bool has_linked_locustfile_;
  Options options_;
  std::vector<std::string> files_;
  CLI::Option* files_option_ = nullptr;
  CLI::Option* config_option_ = nullptr;
  CLI::Option* master_host_option_ = nullptr;
  std::vector<CLI::Option*> of_local_run_;  // a worker ignores them
  std::vector<CLI::Option*> of_others_;     // have no effect in this process
  std::map<const CLI::Option*, std::vector<std::string>> choices_;
  std::vector<std::string> files_of_settings_;  // "locustfile" in configuration files
  std::string config_;
  std::string on_master_loss_ = "rejoin";
  std::string workers_ = "1";
  std::string precision_ = "2";
  long long max_unattended_ = 0;
  std::optional<long long> connect_timeout_;
  bool worker_ = false;
  bool web_ = false;
  bool has_processes_ = false;  // in the environment or a file, which the master of --web reads too
  bool headless_ = false;
  bool autostart_ = false;
  bool print_stats_ = false;
  std::optional<long long> run_time_;
  long long stop_timeout_ = 0;
  long long warm_up_ = 0;
  std::vector<std::string> fail_if_;
};

}  // namespace cppworker::app
