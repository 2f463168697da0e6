#include "loader/option_hints.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "loader/compiler_errors.hpp"
#include "text/did_you_mean.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

struct OptionExample {
  std::string_view type;
  std::string_view name;
  std::string_view takes;
  std::string_view write;
};

// A test checks that the structs of the headers have these members.
constexpr std::array kExamples = std::to_array<OptionExample>({
    {"RequestOptions", "name", "a text", R"(.name = "/item/[id]")"},
    {"RequestOptions", "context", "names and values", R"(.context = {{"step", 1}})"},
    {"RequestOptions", "params", "names and values", R"(.params = {{"q", "shoes"}})"},
    {"RequestOptions", "data", "a text (a form is .form)", R"(.data = "text")"},
    {"RequestOptions", "form", "names and values", R"(.form = {{"user", "ann"}})"},
    {"RequestOptions", "json", "JSON", R"(.json = {{"id", 7}})"},
    {"RequestOptions", "files", "a list of files",
     R"(.files = {{.name = "file", .content = "text", .filename = "a.txt"}})"},
    {"RequestOptions", "headers", "names and texts", R"(.headers = {{"X-Id", "7"}})"},
    {"RequestOptions", "cookies", "names and texts", R"(.cookies = {{"session", "abc"}})"},
    {"RequestOptions", "auth", "a user and a password", R"(.auth = Auth{"ann", "secret"})"},
    {"RequestOptions", "timeout", "a time with its unit",
     ".timeout = 5s, or .timeout = {3s, 30s} for connecting and reading"},
    {"RequestOptions", "allow_redirects", "true or false", ".allow_redirects = false"},
    {"RequestOptions", "stream", "true or false", ".stream = true"},
    {"RequestOptions", "verify", "true, false or the path of a file",
     R"(.verify = false, or .verify = "ca.pem")"},
    {"RequestOptions", "cert", "the paths of a certificate and its key",
     R"(.cert = Cert{"a.pem", "a.key"})"},
    {"RequestOptions", "proxies", "the URLs of proxies",
     R"(.proxies = Proxies{.http = "http://proxy:3128"})"},
    {"TaskOptions", "weight", "a whole number", ".weight = 3"},
    {"TaskOptions", "tags", "a list of texts", R"(.tags = {"search"})"},
    {"TaskOptions", "transitions", "names of tasks with weights",
     R"(.transitions = {{"index", 3}, "checkout"})"},
    {"RequestEvent", "request_type", "a text", R"(.request_type = "GET")"},
    {"RequestEvent", "name", "a text", R"(.name = "/item")"},
    {"RequestEvent", "response_time", "a time with its unit", ".response_time = 42ms"},
    {"RequestEvent", "response_length", "a whole number", ".response_length = 7"},
    {"RequestEvent", "exception", "a text", R"(.exception = "timed out")"},
    {"RequestEvent", "url", "a text", R"(.url = "http://host/item")"},
    {"Argument", "name", "a text", R"(.name = "--category")"},
    {"Argument", "default_value", "a text, a number, true or false", R"(.default_value = "books")"},
    {"Argument", "help", "a text", R"(.help = "What to look at")"},
    {"Argument", "choices", "a list of texts", R"(.choices = {"books", "music"})"},
    {"Argument", "env_var", "a text", R"(.env_var = "SHOP_API_KEY")"},
    {"Argument", "is_secret", "true or false", ".is_secret = true"},
    {"Argument", "is_required", "true or false", ".is_required = true"},
    {"Argument", "is_multiple", "true or false", ".is_multiple = true"},
});

/// Names of other libraries and of Python for what is named otherwise here.
struct OtherName {
  std::string_view type;
  std::string_view name;
  std::string_view write;
};
constexpr std::array kOtherNames = std::to_array<OtherName>({
    {"RequestOptions", "catch_response",
     "write a lambda after the options, which marks the response: client().get(\"/\", {}, "
     "[](CatchResponse& response) { … })"},
    {"RequestOptions", "body", "write .data = \"text\", .json or .form"},
    {"RequestOptions", "content", "write .data = \"text\", .json or .form"},
    {"RequestOptions", "query", "write .params = {{\"q\", \"shoes\"}}"},
    {"RequestOptions", "file", "write .files"},
    {"RequestOptions", "follow_redirects", "write .allow_redirects"},
    {"RequestOptions", "redirect", "write .allow_redirects"},
    {"RequestOptions", "redirects", "write .allow_redirects"},
    {"RequestOptions", "url", "the URL is the first argument of the call"},
    {"RequestOptions", "method", "write client().request(\"GET\", \"/\", {})"},
    {"RequestOptions", "user", "write .auth = Auth{\"ann\", \"secret\"}"},
    {"RequestOptions", "username", "write .auth = Auth{\"ann\", \"secret\"}"},
    {"RequestOptions", "password", "write .auth = Auth{\"ann\", \"secret\"}"},
    {"RequestOptions", "ssl", "write .verify"},
    {"RequestOptions", "proxy", "write .proxies = Proxies{.http = \"http://proxy:3128\"}"},
    {"RequestOptions", "request_name", "write .name"},
    {"RequestOptions", "title", "write .name"},
    {"TaskOptions", "name", "the name of a task is that of its method"},
    {"TaskOptions", "rate", "write .weight"},
    {"TaskOptions", "count", "write .weight"},
    {"Argument", "default", "write .default_value"},
    {"Argument", "type", "the type is that of .default_value"},
    {"Argument", "action", "write .default_value = false for a flag"},
    {"Argument", "required", "write .is_required"},
    {"Argument", "dest", "the name follows from .name"},
});

/// One `.name = value`.
struct Designator {
  std::string name{};  ///< "": a value without a name
  bool has_dot = true;
  std::string_view value{};
  std::string_view text{};  ///< all of it
  std::size_t offset = 0;
};

std::string_view plain_type(std::string_view type) {
  if (type.starts_with("const ")) type.remove_prefix(6);
  while (!type.empty() && !is_word_character(type.back())) type.remove_suffix(1);
  const auto colon = type.rfind(':');
  return colon == std::string_view::npos ? type : type.substr(colon + 1);
}

Designator designator(const SourceText& source, std::pair<std::size_t, std::size_t> range) {
  const auto text = source.part(range);
  Designator result{.value = text, .text = text, .offset = range.first};
  std::size_t at = 0;
  if (text[at] == '.') ++at;
  result.has_dot = at == 1;
  const auto begin = at;
  while (at < text.size() && is_word_character(text[at])) ++at;
  const auto name = text.substr(begin, at - begin);
  const auto rest = text::trimmed(text.substr(at));
  const bool is_assigned = rest.starts_with('=') && !rest.starts_with("==");
  if (name.empty() || (!is_assigned && !(result.has_dot && rest.starts_with('{')))) return result;
  result.name = name;
  result.value = is_assigned ? text::trimmed(rest.substr(1)) : rest;
  return result;
}

std::vector<Designator> designators(const SourceText& source, std::size_t open) {
  std::vector<Designator> all;
  const auto close = source.closing(open);
  if (close == std::string_view::npos) return all;
  for (const auto& range : source.parts(open, close)) all.push_back(designator(source, range));
  return all;
}

/// The opening brace of the innermost braces around `offset`; npos if there are none.
std::size_t enclosing_brace(const SourceText& source, std::size_t offset) {
  std::size_t depth = 0;
  for (std::size_t i = std::min(offset, source.code().size()); i > 0; --i) {
    const char c = source.code()[i - 1];
    if (c == '}') ++depth;
    if (c == '{' && depth-- == 0) return i - 1;
  }
  return std::string_view::npos;
}

/// The braces among the arguments of the call: those with names, or else the first ones.
std::vector<std::size_t> braces_of_call(const SourceText& source, std::size_t call) {
  std::vector<std::size_t> all;
  std::vector<std::size_t> with_names;
  if (const auto around = enclosing_brace(source, call); around != std::string_view::npos) {
    const auto inner = designators(source, around);
    if (!inner.empty() && !inner[0].name.empty() && inner[0].has_dot) return {around};
  }
  const auto open = source.code().find('(', call);
  const auto close = open == std::string_view::npos ? std::string_view::npos : source.closing(open);
  if (close == std::string_view::npos) return all;
  for (const auto& [begin, end] : source.parts(open, close)) {
    if (source.code()[begin] != '{') continue;
    const auto inner = designators(source, begin);
    if (inner.empty()) continue;
    all.push_back(begin);
    if (!inner[0].name.empty()) with_names.push_back(begin);
  }
  return with_names.empty() ? all : with_names;
}

std::string shortened(std::string_view text) {
  std::string one_line;
  for (const char c : text.substr(0, 50)) one_line += c == '\n' ? ' ' : c;
  return text.size() > 50 ? one_line + "…" : one_line;
}

std::optional<std::string> name_mistake(const std::vector<Designator>& given, std::string_view type,
                                        const std::vector<ApiMember>& members,
                                        const ApiNames& api) {
  const auto position = [&members](std::string_view name) {
    return std::find_if(members.begin(), members.end(),
                        [name](const ApiMember& member) { return member.name == name; }) -
           members.begin();
  };
  const auto count = static_cast<std::ptrdiff_t>(members.size());
  std::vector<std::string> names;
  for (const auto& one : given) {
    if (one.name.empty()) continue;
    if (position(one.name) == count) return unknown_option(type, one.name, api);
    if (!one.has_dot) {
      return fmt::format("{}: an option begins with a dot: write .{} = …", shortened(one.text),
                         one.name);
    }
    if (std::find(names.begin(), names.end(), one.name) != names.end()) {
      return fmt::format(".{} is given twice: write it once", one.name);
    }
    names.push_back(one.name);
  }
  for (const auto& one : given) {
    if (one.name.empty() && given.size() > names.size() && !names.empty()) {
      return fmt::format("{}: a value without a name among options: write .name = value",
                         shortened(one.text));
    }
  }
  auto sorted = names;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const std::string& a, const std::string& b) {
    return position(a) < position(b);
  });
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == sorted[i]) continue;
    return fmt::format(".{} must come before .{}: write {{.{} = …}}", sorted[i], names[i],
                       fmt::join(sorted, " = …, ."));
  }
  return std::nullopt;
}

bool is_number(std::string_view type) {
  for (const std::string_view number : {"int", "long", "unsigned", "short", "double", "float",
                                        "size_t", "int64_t", "uint64_t", "int32_t", "uint32_t"}) {
    if (type == number || type.starts_with(std::string(number) + " ") ||
        type.ends_with("::" + std::string(number))) {
      return true;
    }
  }
  return false;
}

/// The text between `before` and the next quote.
std::string_view quoted_after(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find('\''));
}

const OptionExample* example(std::string_view type, std::string_view name) {
  const auto* const found =
      std::find_if(kExamples.begin(), kExamples.end(),
                   [&](const OptionExample& one) { return one.type == type && one.name == name; });
  return found == kExamples.end() ? nullptr : found;
}

std::string value_mistake(const Designator& one, std::string_view type,
                          const std::vector<ApiMember>& members, std::string_view error) {
  if (one.name.empty()) {
    return fmt::format("{}: write the name of the option: .name = value", shortened(one.text));
  }
  const auto value = shortened(one.value);
  const auto* const known = example(type, one.name);
  if (known != nullptr && known->takes.starts_with("names and") && one.value.starts_with("{\"")) {
    return fmt::format(".{} takes pairs in braces: write .{} = {{{}}}", one.name, one.name, value);
  }
  auto from = quoted_after(error, "from '");
  if (from.empty()) from = quoted_after(error, "cannot convert '");
  if (known != nullptr && known->takes == "a time with its unit" && is_number(from) &&
      one.value.find_first_not_of("0123456789.") == std::string_view::npos) {
    return fmt::format(".{} = {} has no unit: write .{} = {}{}", one.name, value, one.name, value,
                       one.name == "response_time" ? "ms" : "s");
  }
  if (known != nullptr && known->takes == "a time with its unit" && is_number(from)) {
    return fmt::format(".{} = {} has no unit: write .{} = {}({})", one.name, value, one.name,
                       one.name == "response_time" ? "Milliseconds" : "Seconds", value);
  }
  if (one.value.starts_with('\'')) {
    return fmt::format(".{} = {}: texts are in double quotes: write .{} = \"{}\"", one.name, value,
                       one.name, text::trimmed(value.substr(1, value.size() - 2)));
  }
  if (known != nullptr && known->takes.starts_with("a text") && is_number(from)) {
    return fmt::format(".{} takes a text, but {} is a number: write .{} = std::to_string({})",
                       one.name, value, one.name, value);
  }
  if (known != nullptr) {
    return fmt::format(".{} = {}: .{} takes {}: write {}", one.name, value, one.name, known->takes,
                       known->write);
  }
  const auto member = std::find_if(members.begin(), members.end(),
                                   [&](const ApiMember& m) { return m.name == one.name; });
  return fmt::format(".{} = {}: .{} takes a {}", one.name, value, one.name,
                     member == members.end() ? "value of another type" : member->type);
}

constexpr std::string_view kMarker = "cppworker-option-";

/// The source with one object per option in place of the braces, each under its own file name, so
/// that the errors name the option.
std::string separated(const SourceText& source, std::size_t open, std::string_view type,
                      const std::vector<Designator>& given) {
  const auto close = source.closing(open);
  std::string changed(source.text().substr(0, open));
  changed += '(';
  for (std::size_t i = 0; i < given.size(); ++i) {
    changed += fmt::format("\n#line 1 \"{}{}\"\n{}{{{}}},", kMarker, i, type, given[i].text);
  }
  changed += fmt::format("\n#line 1 \"{}end\"\n{}{{}})", kMarker, type);
  changed += source.text().substr(close + 1);
  return changed;
}

}  // namespace

std::string_view example_of_option(std::string_view type, std::string_view name) {
  const auto* const found = example(plain_type(type), name);
  return found == nullptr ? std::string_view{} : found->write;
}

std::string unknown_option(std::string_view type, std::string_view name, const ApiNames& api) {
  type = plain_type(type);
  const auto begin = fmt::format("there is no option .{}", name);
  for (const auto& other : kOtherNames) {
    if (other.type == type && other.name == name) return fmt::format("{}: {}", begin, other.write);
  }
  std::vector<std::string> names;
  for (auto& member : api.members(type)) names.push_back(std::move(member.name));
  const auto meant =
      text::most_similar(name, names, std::max<std::size_t>(1, (name.size() + 2) / 3));
  if (!meant.empty()) return fmt::format("{}: did you mean .{}?", begin, meant);
  if (names.empty()) return begin;
  return fmt::format("{}: {} has .{}", begin, type, fmt::join(names, ", ."));
}

std::string option_at(const SourceText& source, std::size_t offset) {
  const auto code = source.code();
  for (std::size_t i = std::min(offset, code.size()); i > 0; --i) {
    const char c = code[i - 1];
    if (c == ';') break;
    if (c != '.' || (i >= 2 && (is_word_character(code[i - 2]) || code[i - 2] == ')'))) continue;
    auto end = i;
    while (end < code.size() && is_word_character(code[end])) ++end;
    if (end > i && text::trimmed(code.substr(end, 8)).starts_with('=')) {
      return std::string(code.substr(i, end - i));
    }
  }
  return {};
}

std::optional<Hint> explain_options(const SourceText& source, std::string_view type,
                                    std::size_t call, const ApiNames& api,
                                    const CheckSource& check) {
  const auto short_type = plain_type(type);
  const auto members = api.members(short_type);
  if (members.empty()) return std::nullopt;
  const auto all_braces = braces_of_call(source, call);
  for (const auto open : all_braces) {
    const auto given = designators(source, open);
    if (auto sentence = name_mistake(given, short_type, members, api)) {
      // The line of the option that the sentence begins with, or else that of the first one.
      std::size_t line = source.line_of(open);
      for (const auto& one : given) {
        if (!one.name.empty() && sentence->find("." + one.name) != std::string::npos) {
          line = source.line_of(one.offset);
          break;
        }
      }
      return Hint{line, *std::move(sentence)};
    }
  }
  for (const auto open : all_braces) {
    const auto given = designators(source, open);
    const auto full_type = fmt::format("cppworker::{}", short_type);
    for (const auto& error : parse_errors(check(separated(source, open, full_type, given)))) {
      const auto place = own_place(error, [](const std::string& file) {
        return std::string_view(file).starts_with(kMarker);
      });
      if (!std::string_view(place.file).starts_with(kMarker)) continue;
      const auto number = place.file.substr(kMarker.size());
      if (number.find_first_not_of("0123456789") != std::string::npos) continue;
      const auto& one = given.at(std::stoul(number));
      return Hint{source.line_of(one.offset), value_mistake(one, short_type, members, error.text)};
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::loader
