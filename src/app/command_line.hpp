#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace cppworker::app {

/// The options as CLI11 knows them, and what it writes them to. Not movable: CLI11 holds addresses.
class CommandLine {
 public:
  explicit CommandLine(bool has_linked_locustfile);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads argv and the environment, then the configuration files for what is still open. Throws
  /// CLI::Error, or Error for a file.
  void read(int argc, const char* const* argv);

  /// What was read. Throws Error for what no single option could find wrong.
  [[nodiscard]] Options take();

  [[nodiscard]] const CLI::App& app() const { return app_; }
  /// "--master-host", … of all options, also of those that only others have.
  [[nodiscard]] std::vector<std::string> long_names() const;

 private:
  void add_master_options();
  void add_user_options();
  void add_process_options();
  void add_log_options();
  void add_tools();
  void add_options_of_others();
  void apply(const ConfigFile& file);
  void note_ignored();
  void choose_locustfiles();

  CLI::App app_;
  bool has_linked_locustfile_;
  Options options_;
  std::vector<std::string> files_;
  CLI::Option* files_option_ = nullptr;
  CLI::Option* config_option_ = nullptr;
  std::vector<CLI::Option*> of_others_;
  std::vector<std::string> files_of_settings_;  // -f of configuration files
  std::string config_;
  std::string on_master_loss_ = "rejoin";
  std::string workers_ = "1";
  std::string precision_ = "2";
  long long max_unattended_ = 0;
  std::optional<long long> connect_timeout_;
  bool worker_ = false;
};

}  // namespace cppworker::app
