#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cppworker::app {

/// A line of a command and what it does; a text of several lines has '\n' in it.
struct Example {
  std::string_view line;
  std::string_view text;
};

/// A word that may come first after `cpp-worker`, in place of the options of a worker.
struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view text;
};

/// The parts of --help that are no options. The man page has them, too.
inline constexpr std::string_view kDescription =
    "A native worker for Locust. It joins a stock `locust --master` and runs users written in "
    "C++.\nWith --headless it runs a test by itself, without a master.";
inline constexpr std::string_view kNotes =
    "Locust options that only the master uses are accepted, ignored and listed in one log line.\n"
    "Options and the arguments that the locustfile declares can also be set in locust.conf,\n"
    "~/.locust.conf, pyproject.toml, and the file that --config names.";
[[nodiscard]] std::span<const Example> examples();
[[nodiscard]] std::span<const Command> commands();

/// What --help prints after the options.
[[nodiscard]] std::string help_footer();

}  // namespace cppworker::app
