#include "app/man_page.hpp"

#include <string_view>

#include <cppworker/version.hpp>

#include "app/help_text.hpp"
#include "app/option_table.hpp"

namespace cppworker::app {
namespace {

/// Text of which man shows every character as it is.
std::string escaped(std::string_view text) {
  std::string result;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) result += "\\&";
    at_line_start = c == '\n';
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

/// A tagged paragraph.
std::string paragraph(const std::string& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + escaped(text) + "\n";
}

std::string option_paragraph(const OptionRow& row) {
  std::string tag;
  for (const std::string& name : row.names) tag += (tag.empty() ? "" : ", ") + bold(name);
  if (!row.value.empty()) tag += " " + italic(row.value);
  std::string text = row.text;
  if (!text.ends_with('.') && !text.ends_with(']')) text += '.';
  if (!row.fallback.empty()) text += " Default: " + row.fallback + ".";
  if (!row.variable.empty()) text += " Environment: " + row.variable + ".";
  return paragraph(tag, text);
}

}  // namespace

std::string man_page() {
  std::string page = ".TH CPP\\-WORKER 1 \"\" \"cpp\\-worker " CPPWORKER_VERSION
                     "\" \"User Commands\"\n"
                     ".SH NAME\ncpp\\-worker \\- native worker for Locust, with users in C++\n"
                     ".SH SYNOPSIS\n.B cpp\\-worker\n[\\fIoptions\\fR] "
                     "[\\fIarguments of the locustfile\\fR]\n";
  for (const Command& command : commands()) {
    page += ".br\n" + bold("cpp-worker " + std::string(command.name)) + " " +
            escaped(command.arguments) + "\n";
  }
  page += ".SH DESCRIPTION\n" + escaped(kDescription) + "\n.PP\n" + escaped(kNotes) + "\n";
  page += ".SH COMMANDS\n";
  for (const Command& command : commands()) {
    page += paragraph(bold(command.name) + " " + escaped(command.arguments), command.text);
  }
  page += ".SH OPTIONS\n";
  for (const OptionGroup& group : option_table()) {
    page += ".SS " + escaped(group.name) + "\n";
    for (const OptionRow& row : group.rows) page += option_paragraph(row);
  }
  page += ".SH EXAMPLES\n";
  for (const Example& example : examples()) page += paragraph(bold(example.line), example.text);
  page += ".SH FILES\n";
  page += paragraph(italic("~/.cache/cpp-worker"),
                    "Compiled locustfiles. CPPWORKER_CACHE_DIR names another folder.");
  page += paragraph(italic("locust.conf, ~/.locust.conf, pyproject.toml"),
                    "Options, in Locust's format.");
  page += ".SH SEE ALSO\n.UR https://docs.locust.io\nLocust's documentation\n.UE\n";
  return page;
}

}  // namespace cppworker::app
