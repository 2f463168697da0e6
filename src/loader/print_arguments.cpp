#include "loader/print_arguments.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "loader/files.hpp"

namespace cppworker::loader {
namespace {

/// A float with a decimal point: Python would read a default of 2 as an int.
std::string float_text(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

/// The choices as values of the argument's type, because argparse compares them after conversion.
std::string choices_text(const Argument& argument) {
  using Kind = ArgumentDefault::Kind;
  const Kind kind = argument.default_value.kind;
  const auto& choices = argument.choices;
  return kind == Kind::kInt || kind == Kind::kFloat
             ? fmt::format("{}", fmt::join(choices.begin(), choices.end(), ", "))
             : python_strings({choices.begin(), choices.end()});
}

std::string default_text(const Argument& argument) {
  const ArgumentDefault& fallback = argument.default_value;
  if (argument.is_multiple) {
    const std::vector<std::string> values = split_list({std::string(fallback.text)});
    return "[" + python_strings(std::vector<std::string_view>(values.begin(), values.end())) + "]";
  }
  switch (fallback.kind) {
    case ArgumentDefault::Kind::kNone:
      break;
    case ArgumentDefault::Kind::kText:
      return python_string(fallback.text);
    case ArgumentDefault::Kind::kInt:
      return fmt::format("{:.0f}", fallback.number);
    case ArgumentDefault::Kind::kFloat:
      return float_text(fallback.number);
    case ArgumentDefault::Kind::kBool:
      return fallback.flag ? "True" : "False";
  }
  return "None";
}

/// argparse formats its help texts with %.
std::string doubled_percents(std::string_view help) {
  std::string text;
  for (const char c : help) text.append(c == '%' ? 2 : 1, c);
  return text;
}

std::string argument_text(const Argument& argument) {
  using Kind = ArgumentDefault::Kind;
  std::vector<std::string> parts;
  for (const std::string& name : split_list({std::string(argument.name)})) {
    parts.push_back(python_string(name));
  }
  const Kind kind = argument.default_value.kind;
  if (kind == Kind::kInt) parts.emplace_back("type=int");
  if (kind == Kind::kFloat) parts.emplace_back("type=float");
  if (kind == Kind::kBool) parts.emplace_back("action=\"store_true\"");
  if (argument.is_multiple) parts.emplace_back("nargs=\"*\"");
  parts.push_back("default=" + default_text(argument));
  if (!argument.choices.empty()) {
    parts.push_back("choices=[" + choices_text(argument) + "]");
  }
  if (!argument.env_var.empty()) parts.push_back("env_var=" + python_string(argument.env_var));
  if (!argument.help.empty())
    parts.push_back("help=" + python_string(doubled_percents(argument.help)));
  std::vector<std::string> web_ui;
  if (argument.is_secret) web_ui.emplace_back("\"is_secret\": True");
  if (argument.is_required) web_ui.emplace_back("\"is_required\": True");
  if (argument.is_multiple) web_ui.emplace_back("\"is_multiple\": True");
  if (!argument.include_in_web_ui) web_ui.emplace_back("\"include_in_web_ui\": False");
  if (!web_ui.empty()) parts.push_back(fmt::format("web_ui={{{}}}", fmt::join(web_ui, ", ")));
  return fmt::format("    add_argument(parser, {})\n", fmt::join(parts, ", "));
}

}  // namespace

std::string arguments_text(std::span<const Argument> arguments, const std::string& description,
                           Imports& imports) {
  std::string text = R"(

def add_argument(parser, *names, web_ui={}, **options):
    try:
        parser.add_argument(*names, **options, **web_ui)
    except TypeError:  # an older Locust, which does not support these options
        parser.add_argument(*names, **options)
)";
  text += fmt::format("\n\n@{}.init_command_line_parser.add_listener\n", imports.use("events"));
  text += "def arguments_of_cpp_worker(parser):\n";
  for (const Argument& argument : arguments) text += argument_text(argument);
  text += fmt::format(
      R"(    # Describes the C++ locustfile. Each worker compares it with its own.
    description = {}
    hidden = {{"include_in_web_ui": False}}
    add_argument(parser, "--cpp-worker-locustfile", help=argparse.SUPPRESS, default=description, web_ui=hidden)
)",
      python_string(description));
  return text;
}

}  // namespace cppworker::loader
