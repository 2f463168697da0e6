#include "app/options.hpp"

#include <iostream>
#include <string>
#include <vector>

#include <cppworker/exception.hpp>

#include "app/command_line.hpp"
#include "app/standard_files.hpp"
#include "text/did_you_mean.hpp"

namespace cppworker::app {
namespace {

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

}  // namespace

bool is_option(const std::string& name) {
  static const CommandLine command_line(false);
  return command_line.app().get_option_no_throw(name) != nullptr;
}

void refuse_argument(const std::string& argument, const std::vector<std::string>& own_arguments) {
  std::vector<std::string> names = CommandLine(false).long_names();
  names.insert(names.end(), own_arguments.begin(), own_arguments.end());
  const std::string meant = text::most_similar(argument.substr(0, argument.find('=')), names);
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
