#include "app/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <cppworker/exception.hpp>

#include "app/command_line.hpp"
#include "app/did_you_mean.hpp"
#include "app/standard_files.hpp"
#include "loader/files.hpp"

// Reads options from the command line, environment and configuration files, in order of precedence.
namespace cppworker::app {
namespace {

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

[[noreturn]] void refuse(const std::string& message) {
  std::cerr << "cpp-worker: error: " << message << "\nRun `cpp-worker --help` for all options.\n";
  throw EarlyExit{2};
}

[[noreturn]] void show(const std::string& text) {
  try {
    print(text);
  } catch (const Error& error) {
    std::cerr << "cpp-worker: error: " << error.what() << '\n';
    throw EarlyExit{1};
  }
  throw EarlyExit{0};
}

/// Splits values at blanks: the environment holds all values of a list option in one text.
void split_words(std::vector<std::string>& values) {
  std::vector<std::string> words;
  for (const std::string& value : values) {
    for (std::string& word : CLI::detail::split_up(value)) words.push_back(std::move(word));
  }
  values = std::move(words);
}

}  // namespace

void CommandLine::read(int argc, const char* const* argv) {
  app_.parse(argc, argv);
  for (const ConfigFile& file : read_config_files(config_)) apply(file);
}

void CommandLine::apply(const ConfigFile& file) {
  for (const Setting& setting : file.settings) {
    CLI::Option* option = app_.get_option_no_throw("--" + setting.key);
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

void CommandLine::note_ignored() {
  std::vector<std::string> names;
  for (const CLI::Option* option : of_others_) {
    const bool is_off = option->get_expected_max() == 0 && !option->as<bool>();
    const bool is_used = !options_.debug_user.empty() &&
                         (option->check_lname("host") || option->check_lname("tags") ||
                          option->check_lname("exclude-tags"));
    if (option->count() > 0 && !is_off && !is_used)
      names.push_back("--" + option->get_lnames().front());
  }
  if (!names.empty()) {
    options_.ignored.push_back("Ignored, because only the master uses these options: " +
                               CLI::detail::join(names, ", "));
  }
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
  note_ignored();
  options_.rest = app_.remaining();
  return std::move(options_);
}

void refuse_argument(const std::string& argument, const std::vector<std::string>& own_arguments) {
  std::vector<std::string> names = CommandLine(false).long_names();
  names.insert(names.end(), own_arguments.begin(), own_arguments.end());
  const std::string meant = most_similar(argument.substr(0, argument.find('=')), names);
  refuse("unrecognized arguments: " + argument +
         (meant.empty() ? "" : "\nDid you mean '" + meant + "'?"));
}

Options parse_options(int argc, const char* const* argv, bool has_linked_locustfile) {
  CommandLine command_line(has_linked_locustfile);
  try {
    command_line.read(argc, argv);
    return command_line.take();
  } catch (const CLI::CallForHelp&) {
    show(command_line.app().help());
  } catch (const CLI::CallForVersion& version) {
    show(std::string(version.what()) + '\n');
  } catch (const CLI::ArgumentMismatch& error) {  // "--logfile: 1 required FILE missing"
    const std::string text = error.what();
    refuse("argument " + text.substr(0, text.find(':')) + ": expected one argument");
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  } catch (const Error& error) {
    refuse(error.what());
  }
}

}  // namespace cppworker::app
