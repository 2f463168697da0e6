#include "loader/compiler_hints.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/system_header.hpp"
#include "loader/compiler_errors.hpp"
#include "loader/file_text.hpp"
#include "loader/library_hints.hpp"
#include "loader/source_text.hpp"
#include "text/did_you_mean.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// What the `*` of a pattern stand for.
using Captures = std::vector<std::string>;

/// Matches a part of `text`. Each `*` in the pattern stands for any text, as short as possible; at
/// the end of the pattern for the rest.
std::optional<Captures> match(std::string_view text, std::string_view pattern) {
  Captures captures;
  bool is_first = true;
  while (true) {
    const auto star = pattern.find('*');
    const auto literal = pattern.substr(0, star);
    const bool is_last = star == std::string_view::npos;
    const auto at = literal.empty() && is_last ? text.size() : text.find(literal);
    if (at == std::string_view::npos) return std::nullopt;
    if (!is_first) captures.emplace_back(text.substr(0, at));
    if (is_last) return captures;
    text.remove_prefix(at + literal.size());
    pattern.remove_prefix(star + 1);
    is_first = false;
  }
}

/// The error to explain, and what is needed to explain it.
struct Situation {
  const CompilerError& error;
  const Place& place;  ///< in the author's code, if is_own
  bool is_own;
  const SourceText& source;  ///< of place.file
  const ApiNames& api;
  const CheckSource& check;

  [[nodiscard]] std::size_t offset() const { return source.offset(place.line, place.column); }
  [[nodiscard]] std::string_view line() const { return source.line(place.line); }
  /// The source line from the error on.
  [[nodiscard]] std::string_view here() const {
    const auto whole = line();
    const auto begin = offset() - static_cast<std::size_t>(whole.data() - source.text().data());
    return whole.substr(std::min(begin, whole.size()));
  }
  [[nodiscard]] Hint hint(std::string sentence) const { return {place.line, std::move(sentence)}; }
};

std::string_view last_part(std::string_view name) {
  const auto colon = name.rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"int",    "for",    "if",     "else",    "auto",      "void",     "const",   "class",
     "struct", "static", "return", "using",   "while",     "public",   "private", "double",
     "float",  "long",   "char",   "bool",    "this",      "true",     "false",   "new",
     "try",    "catch",  "throw",  "include", "namespace", "constexpr"});

/// The class or method of the author that a check in the headers is about.
std::string class_of_error(const CompilerError& error, const SourceText& source) {
  const auto is_of_author = [&source](std::string_view name) {
    const auto owner = name.substr(0, name.rfind("::"));
    return source.line_of_class(last_part(name)) > 0 ||
           source.line_of_class(last_part(owner)) > 0 ||
           (name.find_first_of(":<> ") == std::string_view::npos &&
            source.find_word(name) != std::string_view::npos && !is_one_of(name, kKeywords));
  };
  constexpr auto kPatterns = std::to_array<std::string_view>(
      {"MethodTask<&*>", "MethodTask<*>'", "auto Method = &*]", "UserClassChecks<*>",
       "MemberChecks<*,", "; Set = *]", "[with U = *]", "[with U = *;", "[with Set = *]",
       "[with T = *;", "[with T = *]", "[with Parent = *]", "kUserClass<*>", "kUserClasses<*>"});
  for (const auto* lines : {&error.before, &error.after}) {
    for (const auto& line : *lines) {
      if (!contains(line, "nstantiation of") && !contains(line, "required from")) continue;
      for (const auto& pattern : kPatterns) {
        if (auto found = match(line, pattern); found && is_of_author(found->front())) {
          return found->front();
        }
      }
    }
  }
  return {};
}

/// A name that the author may have meant: from the file itself or from the library.
std::string similar_name(const Situation& at, std::string_view name) {
  auto own = at.source.identifiers();
  std::erase_if(
      own, [name](const std::string& one) { return one == name || is_one_of(one, kKeywords); });
  const auto edits = std::max<std::size_t>(1, name.size() / 4);
  if (name.size() < 3) return {};
  auto known = at.api.identifiers();
  std::erase(known, name);
  const auto lower = [](std::string_view text) {
    std::string result;
    for (const char c : text) {
      if (c != '_') result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
  };
  const bool is_class = name[0] >= 'A' && name[0] <= 'Z';
  for (const auto* names : {&own, &known}) {
    for (const auto& one : *names) {
      const bool other_is_class = one[0] >= 'A' && one[0] <= 'Z';
      if (lower(one) == lower(name) && one != name && other_is_class == is_class) return one;
    }
  }
  const auto meant = text::most_similar(name, own, edits);
  return meant.empty() ? text::most_similar(name, known, edits) : meant;
}

// Names

/// Names of Python, of the standard library and of Locust, and what to write instead.
struct Replacement {
  std::string_view name;
  std::string_view write;
};
constexpr std::array kNotDeclared = std::to_array<Replacement>({
    {"self", "C++ has no self: write the name of the member alone, as in client().get(\"/\")"},
    {"True", "write true"},
    {"False", "write false"},
    {"None", "write nullptr or {}, or leave the option out"},
    {"null", "write nullptr or {}, or leave the option out"},
    {"print", "write std::cout << \"text\" << std::endl; and #include <iostream>"},
    {"len", "write text.size()"},
    {"str", "write std::to_string(number)"},
    {"raise", "write throw, as in throw StopUser{};"},
    {"range", "write for (int i = 0; i < 10; ++i) { … }"},
    {"time", "write sleep_for(1s)"},
    {"sleep", "write sleep_for(1s)"},
    {"Sleep", "write sleep_for(1s)"},
    {"usleep", "write sleep_for(1s)"},
    {"std::this_thread", "write sleep_for(1s), which suspends only this user"},
    {"this_thread", "write sleep_for(1s), which suspends only this user"},
    {"std::filesystem", "write #include <filesystem>"},
    {"random", "write randint(1, 6), uniform(0.5, 2.0) or choice(list)"},
    {"json", "write response.json() to read and to_json(value) to write JSON"},
    {"os", "write env(\"NAME\", \"default\") for os.environ"},
    {"requests", "write client().get(\"/\")"},
    {"events", "write environment().events in a user or environment.events in CPPWORKER_INIT"},
    {"pass", "write an empty body: {}"},
    {"elif", "write else if (…)"},
    {"lambda", "write [](auto& x) { … }"},
    {"isinstance", "use value.as_string(), as_list() or as_map()"},
    {"logging", "write log_info(\"text\")"},
    {"logger", "write log_info(\"text\")"},
    {"datetime", "write utc_now(\"%Y-%m-%dT%H:%M:%SZ\")"},
    {"uuid", "write uuid4()"},
    {"hashlib", "write hex_encode(sha256(text))"},
    {"base64", "write base64_encode(text)"},
    {"re", "write search(text, pattern, 1)"},
    {"open", "write read_file(\"path\")"},
    {"locust", "write the name alone, as in HttpUser, with `using namespace cppworker;`"},
    {"interrupt", "only a TaskSet has interrupt(); a user stops with throw StopUser{};"},
});

constexpr std::array kStandardNames = std::to_array<std::string_view>(
    {"string",   "string_view",   "vector",        "map",         "set",         "optional",
     "pair",     "array",         "to_string",     "cout",        "cerr",        "endl",
     "move",     "unordered_map", "unordered_set", "list",        "deque",       "stoi",
     "stod",     "function",      "tuple",         "make_pair",   "min",         "max",
     "size_t",   "shared_ptr",    "unique_ptr",    "make_unique", "make_shared", "ostringstream",
     "ifstream", "exception",     "runtime_error", "atomic",      "mutex",       "format"});

constexpr std::array kUnits = std::to_array<std::string_view>({"s", "ms", "min", "h", "us", "ns"});

/// Whether the author's file lacks the line that makes the library's names known.
std::optional<Hint> missing_prelude(const Situation& at, std::string_view name) {
  const auto code = at.source.text();
  const auto known = at.api.identifiers();
  if (std::find(known.begin(), known.end(), name) == known.end()) return std::nullopt;
  if (!contains(code, "#include <cppworker/") && !contains(code, "#include \"cppworker/")) {
    return Hint{1, fmt::format("{} is not known: write `#include <cppworker/locust.hpp>` and "
                               "`using namespace cppworker;` at the top of the file",
                               name)};
  }
  const auto use = at.source.find_word("cppworker");
  if (use == std::string_view::npos || !contains(at.source.code(), "using namespace cppworker")) {
    return at.hint(fmt::format(
        "{} is not known: write `using namespace cppworker;` after the #include lines", name));
  }
  return std::nullopt;
}

std::optional<Hint> python_text(const Situation& at) {
  const auto code = at.source.code_line(at.place.line);
  const auto line = text::trimmed(at.line().substr(0, code.find_last_not_of(" \t\r") + 1));
  const auto word = line.substr(0, line.find_first_of(" (:"));
  if (word == "from" || (word == "import" && !contains(line, "<"))) {
    return at.hint(fmt::format(
        "`{}` is Python: a locustfile in C++ begins with `#include <cppworker/locust.hpp>`", line));
  }
  if (line.starts_with('@')) {
    return at.hint(fmt::format(
        "`{}` is Python: list the task in tasks(): `static constexpr auto tasks() {{ return "
        "task_list(task<&ShopUser::index>({{.weight = 3}})); }}`",
        line));
  }
  if (word == "def") {
    return at.hint(fmt::format("`{}` is Python: write `void index() {{ … }}`", line));
  }
  if (word == "class" && contains(line, "(") && !contains(line, "{") && line.ends_with(':')) {
    return at.hint(
        fmt::format("`{}` is Python: write `class ShopUser : public HttpUser {{`", line));
  }
  if (word == "for" && contains(line, " in ")) {
    return at.hint(
        fmt::format("`{}` is Python: write `for (int i = 0; i < 10; ++i) {{` or `for (const auto& "
                    "item : list) {{`",
                    line));
  }
  if (line.ends_with(':') && (word == "if" || word == "while" || word == "with" || word == "elif" ||
                              word == "else" || word == "try")) {
    return at.hint(fmt::format("`{}` is Python: write `{} (…) {{ … }}`", line,
                               word == "elif" ? "else if" : word));
  }
  return std::nullopt;
}

/// The class whose definition contains the error; "" outside of all.
std::string enclosing_class(const SourceText& source, std::size_t offset) {
  std::string found;
  std::size_t smallest = source.text().size() + 1;
  for (const auto& name : source.identifiers()) {
    const auto body = source.body_of_class(name);
    if (!body || offset < body->first || offset > body->second) continue;
    if (body->second - body->first < smallest) {
      smallest = body->second - body->first;
      found = name;
    }
  }
  return found;
}

std::optional<Hint> not_declared(const Situation& at, const Captures& captures) {
  const auto& name = captures[0];
  const auto rest = text::trimmed(at.here().substr(std::min(name.size(), at.here().size())));
  if (auto python = python_text(at)) return python;
  if ((name == "f" || name == "b") && (rest.starts_with('"') || rest.starts_with('\''))) {
    return at.hint(fmt::format(
        "{}\"…\" is Python: write \"/item/\" + std::to_string(id), without the {}", name, name));
  }
  if (contains(at.line(), "CPPWORKER_LOCUSTFILE")) {
    const auto meant = match(at.error.text, "did you mean '*'");
    const auto similar = similar_name(at, name);
    const auto& write = meant && meant->front().ends_with("::" + name) ? meant->front() : similar;
    return at.hint(fmt::format("CPPWORKER_LOCUSTFILE: there is no class {}{}", name,
                               write.empty() ? ": write the names of your user classes"
                                             : fmt::format(": did you mean {}?", write)));
  }
  if (rest.starts_with('=') && !rest.starts_with("==") &&
      !example_of_option("RequestOptions", name).empty()) {
    return at.hint(fmt::format("{} = …: options are in braces and begin with a dot: write {{{}}}",
                               name, example_of_option("RequestOptions", name)));
  }
  if (name == "client" && rest.starts_with('(')) {
    const auto in = enclosing_class(at.source, at.offset());
    return at.hint(
        fmt::format("client() is not known here: {} must derive from HttpUser, "
                    "FastHttpUser or a TaskSet: write `class {} : public HttpUser`",
                    in.empty() ? "the class" : in, in.empty() ? "ShopUser" : in));
  }
  if (const auto line = at.source.line_of_class(name); line > at.place.line) {
    return at.hint(
        fmt::format("{} is used before its definition in line {}: move a TaskSet that uses its "
                    "members into the "
                    "class {}; a set that uses none can derive from TaskSet<HttpUser>",
                    name, line, name));
  }
  if (const auto* const found =
          std::find_if(kNotDeclared.begin(), kNotDeclared.end(),
                       [&](const Replacement& one) { return one.name == name; });
      found != kNotDeclared.end()) {
    return at.hint(fmt::format("{}: {}", name, found->write));
  }
  if (auto prelude = missing_prelude(at, name)) return prelude;
  if (is_one_of(name, kStandardNames)) {
    return at.hint(fmt::format("{} is not known: write std::{}", name, name));
  }
  if (const auto meant = similar_name(at, name); !meant.empty()) {
    return at.hint(fmt::format("{} is not declared: did you mean {}?", name, meant));
  }
  if (name.find("LOCUSTFILE") != std::string::npos) {
    return at.hint(fmt::format("{} is not known: write CPPWORKER_LOCUSTFILE(ShopUser)", name));
  }
  return at.hint(fmt::format(
      "{} is not declared: write its type before its first use, as in `int {} = 3;`, or put a text "
      "in double quotes",
      name, name));
}

std::optional<Hint> not_a_type(const Situation& at, const Captures& captures) {
  const auto& name = captures[0];
  if (auto python = python_text(at)) return python;
  if (name == "wait_time") {
    return at.hint("wait_time: write `static constexpr WaitTime wait_time = between(1s, 5s);`");
  }
  if (name == "host") {
    return at.hint("host: write `static constexpr std::string_view host = \"http://…\";`");
  }
  if (name == "weight" || name == "fixed_count") {
    return at.hint(fmt::format("{}: write `static constexpr int {} = 3;`", name, name));
  }
  const bool is_known = is_one_of(name, kStandardNames) || !similar_name(at, name).empty() ||
                        missing_prelude(at, name) || at.source.line_of_class(name) > 0;
  if (!is_known) {
    return at.hint(
        fmt::format("{} is not a type that is known here: #include the header that "
                    "defines it, or define it above this line",
                    name));
  }
  return not_declared(at, captures);
}

std::optional<Hint> no_base_class(const Situation& at, const Captures& /*captures*/) {
  const auto line = at.source.code_line(at.place.line);
  const auto brace = line.rfind('{');
  const auto head = text::trimmed(line.substr(0, brace));
  auto begin = head.size();
  while (begin > 0 && (is_word_character(head[begin - 1]) || head[begin - 1] == ':')) --begin;
  const std::string name(text::trimmed(head.substr(begin)));
  if (name.empty()) return std::nullopt;
  if (name == "TaskSet" || name == "SequentialTaskSet" || name == "MarkovTaskSet") {
    return at.hint(fmt::format(
        "{} needs the class that lists it: write {}<ShopUser>, or {}<HttpUser>", name, name, name));
  }
  if (auto prelude = missing_prelude(at, name)) return prelude;
  if (at.source.line_of_class(name) > at.place.line) {
    return at.hint(fmt::format("{} is used before its definition: move {} up", name, name));
  }
  const auto meant = similar_name(at, name);
  return at.hint(fmt::format("{} is not a class: {}", name,
                             meant.empty() ? "write HttpUser, FastHttpUser, User or TaskSet<…>"
                                           : fmt::format("did you mean {}?", meant)));
}

std::optional<Hint> no_standard_name(const Situation& at, const Captures& captures) {
  const auto& name = captures[0];
  if (name == "format") {
    return at.hint(
        "std::format needs g++ 13 and #include <format>: write \"/item/\" + "
        "std::to_string(id) instead");
  }
  for (const auto& line : at.error.after) {
    if (const auto header = match(line, "is defined in header '*'")) {
      return at.hint(fmt::format("std::{} is not known: write #include {}", name, header->front()));
    }
  }
  if (name == "regex" || name == "smatch" || name == "regex_search") {
    return at.hint(
        fmt::format("std::{} needs #include <regex>: write search(text, pattern, 1) instead, "
                    "because std::regex "
                    "needs too much stack for a page",
                    name));
  }
  const auto known = at.api.identifiers();
  if (std::find(known.begin(), known.end(), name) != known.end()) {
    return at.hint(fmt::format("std::{} does not exist: write {}", name, name));
  }
  constexpr auto kHeaders = std::to_array<Replacement>({{"mt19937", "<random>"},
                                                        {"random_device", "<random>"},
                                                        {"uniform_int_distribution", "<random>"},
                                                        {"sort", "<algorithm>"},
                                                        {"find", "<algorithm>"},
                                                        {"find_if", "<algorithm>"},
                                                        {"shuffle", "<algorithm>"},
                                                        {"accumulate", "<numeric>"},
                                                        {"getenv", "<cstdlib>"},
                                                        {"setw", "<iomanip>"},
                                                        {"put_time", "<iomanip>"},
                                                        {"filesystem", "<filesystem>"},
                                                        {"ranges", "<ranges>"}});
  for (const auto& [known_name, header] : kHeaders) {
    if (known_name == name) {
      return at.hint(fmt::format("std::{} is not known: write #include {}", name, header));
    }
  }
  return std::nullopt;
}

/// Members under other names: of python-requests, of Locust and of Python's types.
struct OtherMember {
  std::string_view type;  ///< a part of the type's name
  std::string_view name;
  std::string_view write;
};
constexpr std::array kOtherMembers = std::to_array<OtherMember>({
    {"HttpSession", "delete", "write delete_ (delete is a keyword of C++)"},
    {"HttpSession", "catch_response", "write a lambda after the options"},
    {"Response", "status", "write status_code"},
    {"Response", "code", "write status_code"},
    {"Response", "content", "write text"},
    {"Response", "body", "write text"},
    {"Response", "js", "write json(), or use rest()"},
    {"Response", "elapsed", "the response time is in the `request` event"},
    {"Response", "failure",
     "only a check can mark a response: write client().get(\"/\", {}, [](CatchResponse& response) "
     "{ response.failure(\"text\"); })"},
    {"Response", "success",
     "only a check can mark a response: write client().get(\"/\", {}, [](CatchResponse& response) "
     "{ response.success(); })"},
    {"string", "contains", "write text.find(\"x\") != std::string::npos"},
    {"string", "startswith", "write starts_with"},
    {"string", "endswith", "write ends_with"},
    {"string", "format", "write \"/item/\" + std::to_string(id)"},
    {"string", "split", "use find() and substr(), or findall(text, pattern)"},
    {"string", "strip", "use find_first_not_of() and substr()"},
    {"string", "replace_all", "use search() and replace()"},
    {"string", "encode", "leave it out: a std::string holds bytes"},
    {"string", "length_", "write size()"},
    {"vector", "append", "write push_back"},
    {"vector", "len", "write size()"},
    {"map", "has_key", "write contains"},
    {"map", "keys", "write for (const auto& [key, value] : map)"},
    {"Value", "append", "write push_back"},
    {"Value", "empty", "write size() == 0"},
    {"Value", "length", "write size()"},
    {"Value", "get_string", "write get<std::string>()"},
    {"Value", "as_int", "write get<int>()"},
    {"Value", "to_string", "write get<std::string>(), or to_json(value)"},
    {"Value", "string", "write get<std::string>()"},
    {"Value", "asString", "write get<std::string>()"},
    {"Value", "dump", "write to_json(value)"},
    {"Environment", "client", "only an HttpUser has client()"},
});

std::optional<Hint> no_member(const Situation& at, const std::string& type,
                              const std::string& name) {
  const auto short_type = last_part(std::string_view(type).substr(0, type.find('<')));
  for (const auto& other : kOtherMembers) {
    if (contains(type, other.type) && other.name == name) {
      return at.hint(fmt::format("{} has no member {}: {}", short_type, name, other.write));
    }
  }
  if (const auto meant = match(at.error.text, "did you mean '*'")) {
    return at.hint(
        fmt::format("{} has no member {}: did you mean {}?", short_type, name, meant->front()));
  }
  if (contains(type, "cppworker::HttpUser") && contains(at.line(), "user()")) {
    return at.hint(fmt::format(
        "user() is an HttpUser, which has no member {}: move the TaskSet into the class "
        "of its user, and name that class, as in TaskSet<ShopUser>",
        name));
  }
  if (!example_of_option("RequestOptions", name).empty() && contains(type, "HttpSession")) {
    return at.hint(fmt::format("client() has no member {}: options of a request are in braces: {}",
                               name, example_of_option("RequestOptions", name)));
  }
  const auto meant = similar_name(at, name);
  return at.hint(fmt::format("{} has no member {}{}", short_type, name,
                             meant.empty() ? "" : fmt::format(": did you mean {}?", meant)));
}

std::optional<Hint> no_member_gcc(const Situation& at, const Captures& captures) {
  return no_member(at, captures[0], captures[1]);
}
std::optional<Hint> no_member_clang(const Situation& at, const Captures& captures) {
  return no_member(at, captures[1], captures[0]);
}

std::optional<Hint> not_in_class(const Situation& at, const Captures& captures) {
  const auto& [name, owner] = std::pair{captures[0], captures[1]};
  if (owner == "std") return no_standard_name(at, captures);
  if (owner == "std::filesystem") {
    return at.hint(
        fmt::format("std::filesystem::{} is not known: write #include <filesystem>", name));
  }
  const auto meant = similar_name(at, name);
  return at.hint(
      fmt::format("{} has no member {}{}", owner, name,
                  meant.empty() ? "" : fmt::format(": did you mean {}::{}?", owner, meant)));
}

// Options in braces

std::optional<Hint> braces(const Situation& at, const Captures& captures) {
  if (!at.is_own) return std::nullopt;
  return explain_options(at.source, captures[0], at.offset(), at.api, at.check);
}

std::optional<Hint> ambiguous_braces(const Situation& at, const Captures& /*captures*/) {
  return braces(at, {"RequestOptions"});
}

std::optional<Hint> order_of_options(const Situation& at, const Captures& captures) {
  // The call's parenthesis is at the error or before the braces.
  auto hint = braces(at, {captures[1]});
  if (hint || !at.is_own) return hint;
  return at.hint(fmt::format(".{} is in the wrong place: options must be in the order of {}",
                             last_part(captures[0]), captures[1]));
}

std::optional<Hint> unknown_member_of_braces(const Situation& at, const Captures& captures) {
  return at.hint(unknown_option(captures[0], captures[1], at.api));
}

std::optional<Hint> narrowing(const Situation& at, const Captures& captures) {
  const auto option = option_at(at.source, at.offset());
  if (option.empty()) return std::nullopt;
  static_cast<void>(captures);
  const auto value = match(at.line(), "." + option + " = *}");
  const auto shown = value ? value->front().substr(0, value->front().find(',')) : "…";
  return at.hint(fmt::format(".{} = {}: .{} takes a whole number: write .{} = 3", option, shown,
                             option, option));
}

std::optional<Hint> pair_without_braces(const Situation& at, const Captures& /*captures*/) {
  const auto& source = at.source;
  for (const std::string_view option : {"headers", "params", "form", "cookies", "context"}) {
    for (auto word = source.find_word(option); word != std::string_view::npos;
         word = source.find_word(option, word + 1)) {
      const auto open = source.code().find_first_not_of(" =\n", word + option.size());
      if (open == std::string_view::npos || source.code()[open] != '{') continue;
      const auto close = source.closing(open);
      const auto parts = close == std::string_view::npos
                             ? std::vector<std::pair<std::size_t, std::size_t>>{}
                             : source.parts(open, close);
      if (parts.size() != 2 || source.code()[parts[0].first] == '{') continue;
      return Hint{source.line_of(open),
                  fmt::format(".{} takes pairs in braces: write .{} = {{{{{}, {}}}}}", option,
                              option, source.part(parts[0]), source.part(parts[1]))};
    }
  }
  return std::nullopt;
}

std::optional<Hint> colon(const Situation& at, const Captures& /*captures*/) {
  if (auto python = python_text(at)) return python;
  const auto offset = at.offset();
  const auto before = text::trimmed(at.source.text().substr(0, offset));
  if (!before.ends_with('"')) return std::nullopt;
  const auto quote = before.rfind('"', before.size() - 2);
  if (quote == std::string_view::npos) return std::nullopt;
  const std::string key(before.substr(quote + 1, before.size() - quote - 2));
  auto value = at.source.text().substr(std::min(offset + 1, at.source.text().size()));
  value = text::trimmed(value.substr(0, std::min(value.find_first_of(",}\n"), value.size())));
  const auto option = option_at(at.source, offset);
  if (!option.empty()) {
    return at.hint(
        fmt::format("\"{}\": C++ has no dicts with a colon: write .{} = {{{{\"{}\", {}}}}}", key,
                    option, key, value));
  }
  if (!example_of_option("RequestOptions", key).empty()) {
    return at.hint(
        fmt::format("\"{}\": options have no quotes: write {{.{} = {}}}", key, key, value));
  }
  return at.hint(
      fmt::format("\"{}\": C++ has no dicts with a colon: write {{\"{}\", {}}}", key, key, value));
}

std::optional<Hint> not_options(const Situation& at, const Captures& captures) {
  if (captures[0].empty()) return std::nullopt;
  if (contains(captures[0], "lambda")) {
    return at.hint(
        "the check is the third argument: write {} before it, as in client().get(\"/\", {}, "
        "[](CatchResponse& response) { … })");
  }
  if (contains(captures[0], "brace-enclosed")) return braces(at, {captures[1]});
  return at.hint(fmt::format(
      "{} is not the options of a request: write them in braces, as in {{.name = \"/item/[id]\"}}",
      contains(captures[0], "char")
          ? text::trimmed(at.here().substr(0, at.here().find_first_of(",)")))
          : std::string_view(captures[0])));
}

// tasks() and classes

std::optional<Hint> static_assertion(const Situation& at, const Captures& captures) {
  const auto& text = captures[0];
  const auto name = class_of_error(at.error, at.source);

  const auto body = at.source.body_of_class(last_part(name));
  auto line = at.place.line;
  auto sentence = text;
  for (const std::string_view member :
       {"wait_time", "host", "weight", "fixed_count", "on_start", "on_stop", "tasks()"}) {
    if (!body || !text.starts_with(member)) continue;
    const auto word = at.source.find_word(member.substr(0, member.find('(')), body->first);
    if (word < body->second) return Hint{at.source.line_of(word), name + ": " + text};
  }
  if (text.starts_with("this class needs a public `static constexpr auto tasks()`") && body &&
      at.source.find_word("tasks", body->first) > body->second) {
    const auto list = at.source.find_word("task_list", body->first);
    const auto number = list < body->second ? at.source.line_of(list) : 0;
    if (const auto found = match(at.source.code_line(number), "auto *()")) {
      return Hint{number, fmt::format("{}: the function {}() must have the name tasks: write "
                                      "`static constexpr auto tasks()`",
                                      name, found->front())};
    }
  }
  if (text.starts_with("this class needs a public `static constexpr auto tasks()`") && body) {
    const auto word = at.source.find_word("tasks", body->first);
    if (word < body->second) {
      const auto declaration = at.source.line(at.source.line_of(word));
      const std::string why = contains(declaration, "static")
                                  ? "is not public: write `public:` before it"
                                  : "is not static: write `static constexpr auto tasks()`";
      return Hint{at.source.line_of(word), fmt::format("{}: tasks() {}", name, why)};
    }
  }
  if (body) {
    if (text.find("this class") != std::string::npos || text.find("tasks()") == 0 ||
        text.starts_with("CPPWORKER_LOCUSTFILE")) {
      line = static_cast<unsigned>(at.source.line_of_class(last_part(name)));
    }
  }
  if (const auto example = sentence.find("ShopUser::index"); example != std::string::npos) {
    if (contains(name, "::")) sentence.replace(example, 15, name);
  }
  return Hint{line, name.empty() ? sentence : name + ": " + sentence};
}

/// `throw "text"` in a constant expression: the text is in the line that the compiler shows.
std::optional<Hint> thrown_text(const Situation& at, const Captures& /*captures*/) {
  for (const auto& line : at.error.after) {
    const auto found = match(line, "throw \"*\";");
    if (!found) continue;
    std::string text;
    for (const char c : found->front()) {
      if (c != '\\') text += c;
    }
    const auto name = match(at.line(), "task<&*>");
    return at.hint(name ? name->front() + ": " + text : text);
  }
  return std::nullopt;
}

std::optional<Hint> task_call(const Situation& at, const Captures& captures) {
  const auto target = captures[0].substr(0, captures[0].find_first_of(", >"));
  const auto& arguments = captures[1];
  const auto name = std::string(target.starts_with('&') ? target.substr(1) : target);
  if (captures[0].find("(& ") == 0) {
    const auto function = captures[0].substr(3, captures[0].find(')') - 3);
    return at.hint(
        fmt::format("{} has several versions: a task needs a name of its own", function));
  }
  if (contains(arguments, "brace-enclosed")) {
    return explain_options(at.source, "cppworker::TaskOptions", at.offset(), at.api, at.check);
  }
  if (arguments == "int" || contains(captures[0], ", ")) {
    return at.hint(fmt::format(
        "task<&{}>: the weight is an option: write task<&{}>({{.weight = 3}})", name, name));
  }
  const auto method = contains(name, "::") ? name : std::string("ShopUser::index");
  return at.hint(fmt::format("task<{}>({}): write task<&{}>() or task<&{}>({{.weight = 3}})",
                             captures[0], arguments, method, method));
}

std::optional<Hint> task_without_template(const Situation& at, const Captures& captures) {
  const auto arguments = at.here();
  const auto found = match(arguments, "(&*)");
  const auto name = found ? found->front() : std::string("ShopUser::index");
  static_cast<void>(captures);
  return at.hint(
      fmt::format("task(&{}): the method is in angle brackets: write task<&{}>()", name, name));
}

std::optional<Hint> method_without_ampersand(const Situation& at, const Captures& captures) {
  const auto name = captures[0].substr(captures[0].rfind(' ') + 1);
  const auto method = name.substr(0, name.find('('));
  if (contains(at.line(), "task<")) {
    return at.hint(
        fmt::format("task<{}>: a method needs & and its class: write task<&{}>()", method, method));
  }
  return at.hint(fmt::format("{} is a method: write {}()", last_part(method), last_part(method)));
}

std::optional<Hint> forgotten_call(const Situation& at, const Captures& captures) {
  const auto head = captures[0].substr(0, captures[0].find('('));
  const auto name = last_part(head);
  if (contains(at.line(), "task<")) return method_without_ampersand(at, {captures[0]});
  return at.hint(fmt::format("{} is a function: write {}()", name, name));
}

std::optional<Hint> bound_method(const Situation& at, const Captures& captures) {
  return at.hint(fmt::format("&{}: a task needs its class: write task<&{}>()",
                             last_part(captures[0]), captures[0]));
}

std::optional<Hint> call_without_object(const Situation& at, const Captures& captures) {
  const auto name = captures[0].substr(captures[0].rfind(' ', captures[0].find('(')) + 1);
  const auto method = name.substr(0, name.find('('));
  if (contains(at.line(), "task<")) {
    return at.hint(
        fmt::format("task<{}()>: write the address of the method: task<&{}>()", method, method));
  }
  if (contains(at.line(), "[")) {
    return at.hint(
        fmt::format("{}() needs the user: write [this] or [&] before the lambda's "
                    "arguments",
                    last_part(method)));
  }
  return at.hint(fmt::format("{}() needs an object: in a TaskSet write user().{}()",
                             last_part(method), last_part(method)));
}

std::optional<Hint> foreign_member(const Situation& at, const Captures& captures) {
  const auto name = last_part(captures[0]);
  const auto owner = captures[0].substr(0, captures[0].size() - name.size());
  if (!at.is_own) return std::nullopt;
  return at.hint(fmt::format("{} is a member of {}: in a TaskSet write user().{}", name,
                             owner.substr(0, owner.find("::")), name));
}

std::optional<Hint> does_not_override(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  const std::string method(last_part(name));
  if (method == "on_start" || method == "on_stop") {
    return at.hint(
        fmt::format("{}: {} has other arguments or another type than the base class: "
                    "write `void {}() override`",
                    name, method, method));
  }
  const std::array<std::string, 3> known{"on_start", "on_stop", "context"};
  const auto meant = text::most_similar(method, known, 3);
  return at.hint(fmt::format(
      "{} overrides nothing: {}", name,
      meant.empty() ? "delete the word override" : fmt::format("did you mean {}()?", meant)));
}

std::optional<Hint> other_result(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  return at.hint(
      fmt::format("{} must return what the base class returns: write `void {}() override`", name,
                  last_part(name)));
}

std::optional<Hint> class_attribute(const Situation& at, std::string_view member) {
  const auto name = last_part(member);
  if (name == "wait_time") {
    return at.hint("wait_time: write `static constexpr WaitTime wait_time = between(1s, 5s);`");
  }
  if (name == "host") {
    return at.hint("host: write `static constexpr std::string_view host = \"http://…\";`");
  }
  if (name == "weight" || name == "fixed_count") {
    return at.hint(fmt::format("{}: write `static constexpr int {} = 3;`", name, name));
  }
  return at.hint(
      fmt::format("{}: write `inline static` instead of `static`, as in `inline static const "
                  "std::string {} = \"text\";`",
                  name, name));
}

std::optional<Hint> needs_constexpr(const Situation& at, const Captures& captures) {
  const auto& what = captures[0];
  return class_attribute(at, std::string_view(what).substr(what.rfind(' ') + 1));
}

std::optional<Hint> constexpr_member(const Situation& at, const Captures& captures) {
  return at.hint(fmt::format("{} lacks `static`: write `static constexpr … {} = …;`", captures[0],
                             captures[0]));
}

std::optional<Hint> tasks_without_constexpr(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  if (last_part(name) != "tasks") return std::nullopt;
  const auto owner = std::string_view(name).substr(0, name.size() - 7);
  auto line = at.source.line_of_class(last_part(owner));
  if (const auto body = at.source.body_of_class(last_part(owner))) {
    if (const auto word = at.source.find_word("tasks", body->first); word < body->second) {
      line = at.source.line_of(word);
    }
  }
  return Hint{line, fmt::format("{}: tasks() lacks `constexpr`: write `static constexpr auto "
                                "tasks()`",
                                owner)};
}

std::optional<Hint> host_in_memory(const Situation& at, const Captures& /*captures*/) {
  const auto place = at.source.code().find("constexpr std::string ");
  if (place == std::string_view::npos) return std::nullopt;
  const auto number = at.source.line_of(place);
  if (!contains(at.source.line(number), "host")) {
    return Hint{number, fmt::format("`{}`: a std::string can't be constexpr: write `inline static "
                                    "const std::string`, or `constexpr std::string_view`",
                                    text::trimmed(at.source.line(number)))};
  }
  return Hint{number,
              "host: a std::string can't be constexpr: write `static constexpr "
              "std::string_view host = \"http://…\";`"};
}

std::optional<Hint> to_wait_time(const Situation& at, const Captures& captures) {
  const bool is_number = captures[0] == "int" || captures[0] == "double";
  const auto value = match(at.line(), "= *;");
  return at.hint(
      fmt::format("{}: a wait time is one of constant(5s), between(1s, 5s), "
                  "constant_pacing(5s): write `static constexpr WaitTime wait_time = "
                  "constant({}{});`",
                  value ? "wait_time = " + value->front() : "wait_time",
                  value ? value->front() : "5s", value && is_number ? "s" : ""));
}

std::optional<Hint> wait_arguments(const Situation& at, const Captures& captures) {
  const auto& name = captures[0];
  const std::string write = name == "between"               ? "between(1s, 5s)"
                            : name == "poisson"             ? "poisson(0.5)"
                            : name == "constant_throughput" ? "constant_throughput(0.5)"
                                                            : name + "(5s)";
  return at.hint(fmt::format("{}({}): write {}", name, captures[1], write));
}

// Syntax

std::optional<Hint> missing_semicolon(const Situation& at, const Captures& captures) {
  if (auto python = python_text(at)) return python;
  auto line = at.place.line;
  const auto before = at.source.code().substr(0, at.offset());
  const auto end = before.find_last_not_of(" \t\r\n");
  if (end != std::string_view::npos) line = static_cast<unsigned>(at.source.line_of(end));
  const auto text = text::trimmed(at.source.line(line));
  static_cast<void>(captures);
  return Hint{line,
              fmt::format("`{}`: a `;` is missing at the end",
                          line == at.place.line ? text::trimmed(at.source.text().substr(
                                                      before.find_last_of("{};\n", end) + 1,
                                                      end - before.find_last_of("{};\n", end)))
                                                : text)};
}

/// The code between the end of a class and the macro or class that follows it.
std::optional<Hint> missing_semicolon_of_class(const Situation& at, const Captures& /*captures*/) {
  const auto before = text::trimmed(at.source.code().substr(0, at.offset()));
  if (!before.ends_with('}')) return std::nullopt;
  const auto line = at.source.line_of(
      before.size() - 1 + static_cast<std::size_t>(before.data() - at.source.code().data()));
  return Hint{line, "a `;` is missing after the class: write `};`"};
}

std::optional<Hint> open_brace(const Situation& at, const Captures& /*captures*/) {
  const auto line = at.source.line_of_open_brace();
  if (line == 0) return std::nullopt;
  return Hint{line,
              fmt::format("`{}`: this brace is not closed: write `}}` at the end of the block",
                          text::trimmed(at.source.line(line)))};
}

std::optional<Hint> open_quote(const Situation& at, const Captures& /*captures*/) {
  return at.hint(fmt::format("`{}`: this text is not closed: write `\"` at its end",
                             text::trimmed(at.here())));
}

std::optional<Hint> misspelled_macro(const Situation& at, const Captures& /*captures*/) {
  for (auto number = at.place.line; number > 0; --number) {
    const auto line = text::trimmed(at.source.code_line(number));
    if (line.empty()) continue;
    const auto name = line.substr(0, line.find('('));
    if (name == line || std::any_of(name.begin(), name.end(), [](char c) {
          return !is_word_character(c) || (c >= 'a' && c <= 'z');
        })) {
      return std::nullopt;
    }
    const std::array<std::string, 3> macros{"CPPWORKER_LOCUSTFILE", "CPPWORKER_INIT",
                                            "CPPWORKER_ARGUMENTS"};
    auto meant = text::most_similar(name, macros, 6);
    if (meant.empty() && contains(name, "LOCUST")) meant = macros[0];
    if (meant.empty()) return std::nullopt;
    if (meant == name) return std::nullopt;
    return Hint{number,
                fmt::format("{} is not a macro of cpp-worker: did you mean {}?", name, meant)};
  }
  return std::nullopt;
}

std::optional<Hint> expected_parenthesis(const Situation& at, const Captures& captures) {
  const auto& token = captures[0];
  if (auto python = python_text(at)) return python;
  if (token == "task" || token == "tasks_of") {
    return at.hint(
        fmt::format("a comma is missing before `{}`: write task_list(task<…>(), "
                    "task<…>())",
                    text::trimmed(at.here())));
  }
  if (token == "in") {
    const auto before = text::trimmed(at.line().substr(0, at.line().size() - at.here().size()));
    const auto text = before.substr(std::min(before.rfind('('), before.size() - 1) + 1);
    const auto inside = text::trimmed(at.here().substr(std::min<std::size_t>(2, at.here().size())));
    const auto where = inside.substr(0, inside.find_first_of(") "));
    return at.hint(
        fmt::format("`in` is Python: write {}.find({}) != std::string::npos", where, text));
  }
  if (token == ";") {
    return at.hint(fmt::format("`{}`: a `)` is missing", text::trimmed(at.line())));
  }
  return std::nullopt;
}

std::optional<Hint> expected_expression(const Situation& at, const Captures& captures) {
  const auto& token = captures[0];
  if (auto python = python_text(at)) return python;
  const auto before = text::trimmed(at.source.code().substr(0, at.offset()));
  if (token == ")" && before.ends_with(',')) {
    return at.hint("a comma before `)`: delete the last comma");
  }
  if (token == "." && contains(at.here(), "=")) {
    return at.hint(fmt::format("`{}`: options are in braces: write {{{}}}",
                               text::trimmed(at.here().substr(0, at.here().find(')'))),
                               text::trimmed(at.here().substr(0, at.here().find(')')))));
  }
  if (token == ";") {
    if (const auto found = match(at.line(), "throw *;")) {
      return at.hint(fmt::format("throw {}: write throw {}{{}};", found->front(), found->front()));
    }
  }
  if (token == "]" || token == "[") {
    return at.hint(
        fmt::format("`{}`: C++ has no lists in []: write {{a, b}}", text::trimmed(at.line())));
  }
  return std::nullopt;
}

std::optional<Hint> python_line(const Situation& at, const Captures& /*captures*/) {
  return python_text(at);
}

std::optional<Hint> keyword_as_name(const Situation& at, const Captures& captures) {
  if (captures[0] != "delete") return std::nullopt;
  return at.hint("delete is a keyword of C++: write client().delete_(\"/\")");
}

// Expressions

std::string_view word_before(const Situation& at) {
  auto end = at.offset();
  const auto code = at.source.code();
  while (end > 0 && !is_word_character(code[end - 1])) --end;
  auto begin = end;
  while (begin > 0 && is_word_character(code[begin - 1])) --begin;
  return at.source.text().substr(begin, end - begin);
}

std::optional<Hint> not_callable(const Situation& at, const Captures& /*captures*/) {
  const auto name = word_before(at);
  return at.hint(fmt::format("{} is not a function: write {} without ()", name, name));
}

std::optional<Hint> subscript_of_function(const Situation& at, const Captures& /*captures*/) {
  auto end = at.offset();
  const auto code = at.source.code();
  if (const auto bracket = code.rfind('[', end); bracket != std::string_view::npos) end = bracket;
  auto begin = end;
  while (begin > 0 && is_word_character(code[begin - 1])) --begin;
  const auto name = at.source.text().substr(begin, end - begin);
  return at.hint(fmt::format("{} is a function: write {}()[…]", name, name));
}

std::optional<Hint> module_of_python(const Situation& at, const Captures& captures) {
  const auto& [member, name] = std::pair{captures[0], captures[1]};
  if (contains(name, "this")) {
    return at.hint(fmt::format("this is a pointer: write {}() alone, or this->{}", member, member));
  }
  for (const auto& one : kNotDeclared) {
    if (one.name == name) {
      return at.hint(fmt::format("{}.{} is Python: {}", name, member, one.write));
    }
  }
  return std::nullopt;
}

std::optional<Hint> member_of_pointer(const Situation& at, const Captures& captures) {
  if (auto module = module_of_python(at, captures)) return module;
  return at.hint(fmt::format("{} is a pointer: write ->{} instead of .{}", captures[1], captures[0],
                             captures[0]));
}

std::optional<Hint> value_to(const Situation& at, const Captures& captures) {
  auto type = captures[0];
  if (type.starts_with("const ")) type = type.substr(6);
  if (type.find("basic_string") != std::string::npos || type.find("Text") != std::string::npos) {
    type = "std::string";
  }
  return at.hint(
      fmt::format("a JSON value does not convert by itself: write .get<{}>() after it", type));
}

bool is_number_type(std::string_view type) {
  constexpr auto kNumbers = std::to_array<std::string_view>(
      {"int",           "long int",      "long",     "unsigned int",  "long unsigned int",
       "double",        "float",         "short",    "size_t",        "std::size_t",
       "unsigned long", "long long",     "unsigned", "int64_t",       "uint64_t",
       "std::int64_t",  "std::uint64_t", "int32_t",  "long long int", "long long unsigned int"});
  if (type.starts_with("const ")) type.remove_prefix(6);
  return is_one_of(type, kNumbers);
}

std::optional<Hint> no_sum(const Situation& at, const Captures& captures) {
  const auto& left = captures[0];
  auto right = captures[1];
  const auto here = at.source.text().substr(at.offset());
  const auto operand = here.starts_with('+')
                           ? text::trimmed(here.substr(1, here.find_first_of("+;,)\n}", 1) - 1))
                           : std::string_view{};
  const auto shown = operand.empty() ? std::string_view("number") : operand;
  if (is_number_type(right)) {
    return at.hint(
        fmt::format("{} is a number and can't be added to a text: write + "
                    "std::to_string({})",
                    shown, shown));
  }
  if (is_number_type(left)) {
    return at.hint("a number can't be added to a text: write std::to_string(number) + …");
  }
  if (contains(right, "string_view") || contains(left, "string_view")) {
    return at.hint(fmt::format("{} can't be added: write std::string(view) + …",
                               contains(right, "string_view") ? shown : "a std::string_view"));
  }
  if (contains(right, "Value") || contains(left, "Value")) {
    return at.hint(fmt::format("{} is a JSON value: write .get<std::string>() after it",
                               contains(right, "Value") ? shown : "the left side"));
  }
  if (contains(left, "char [") && contains(right, "char [")) {
    return at.hint(
        fmt::format("{}: two texts in quotes can't be added: leave out the +, or write "
                    "std::string(\"…\") + …",
                    shown));
  }
  if (contains(left, "char") && contains(right, "char")) {
    return at.hint(fmt::format("{}: two C texts can't be added: write std::string(…) + …", shown));
  }
  return std::nullopt;
}

std::optional<Hint> to_text(const Situation& at, const Captures& captures) {
  const auto& type = captures[0];
  if (type == "char") {
    const auto quote = at.line().find('\'');
    const auto text =
        quote == std::string_view::npos
            ? std::string_view("…")
            : at.line().substr(quote + 1, at.line().find('\'', quote + 1) - quote - 1);
    return at.hint(fmt::format("'{}': texts are in double quotes: write \"{}\"", text, text));
  }
  if (is_number_type(type)) {
    auto value = at.here().substr(0, at.here().find_first_of(",;)"));
    value = text::trimmed(value.starts_with('(') ? value.substr(1) : value);
    return at.hint(fmt::format("{} is a number, but a text is needed: write std::to_string({})",
                               value, value));
  }
  if (contains(type, "cppworker::Value")) return value_to(at, {"std::string"});
  return std::nullopt;
}

std::optional<Hint> to_seconds(const Situation& at, const Captures& captures) {
  if (!is_number_type(captures[1])) return std::nullopt;
  const bool is_literal = captures[0].find_first_not_of("0123456789.") == std::string::npos;
  return at.hint(
      fmt::format("{} has no unit: write {}", captures[0],
                  is_literal ? captures[0] + "s" : fmt::format("Seconds({})", captures[0])));
}

std::optional<Hint> duration_to_number(const Situation& at, const Captures& /*captures*/) {
  if (!contains(at.line(), "sleep")) return std::nullopt;
  return at.hint("sleep: write sleep_for(1s), which suspends only this user");
}

std::optional<Hint> no_unit(const Situation& at, const Captures& captures) {
  if (!is_one_of(captures[0], kUnits)) return std::nullopt;
  return at.hint(fmt::format(
      "the unit `{}` is not known: write `using namespace std::chrono_literals;` at the top of the "
      "file",
      captures[0]));
}

std::optional<Hint> not_captured(const Situation& at, const Captures& captures) {
  return at.hint(
      fmt::format("{} is not known in the lambda: write [&] instead of [] before its "
                  "arguments",
                  captures[0]));
}

std::optional<Hint> const_argument(const Situation& at, const Captures& captures) {
  const auto type = last_part(captures[0]);
  return at.hint(
      fmt::format("{} is const here and can't be changed: take it by reference without "
                  "const: {}&",
                  type, type));
}

std::optional<Hint> deleted_function(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);

  for (const auto& line : at.error.after) {
    const auto comment = match(line, "= delete;*// *");
    if (comment) {
      return at.hint(fmt::format("{}: {}", last_part(name), (*comment)[1]));
    }
  }
  return std::nullopt;
}

// Macros

std::optional<Hint> locustfile_twice(const Situation& at, const Captures& /*captures*/) {
  return at.hint(
      "CPPWORKER_LOCUSTFILE is written twice: write it once, with all classes: "
      "CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)");
}

std::optional<Hint> locustfile_arguments(const Situation& at, const Captures& /*captures*/) {
  return at.hint(
      fmt::format("`{}`: write the names of the classes, without quotes and with commas "
                  "between them: CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)",
                  text::trimmed(at.line())));
}

std::optional<Hint> init_arguments(const Situation& at, const Captures& captures) {
  auto name = captures[0].substr(0, captures[0].find('('));
  name = name.substr(name.rfind(' ') + 1);
  if (contains(at.line(), "CPPWORKER_INIT")) {
    if (contains(at.line(), "()")) {
      return at.hint(
          fmt::format("CPPWORKER_INIT takes the name of a function: write "
                      "CPPWORKER_INIT({}), without ()",
                      name));
    }
    const auto definition = at.source.find_word(name);
    return Hint{
        definition == std::string_view::npos ? at.place.line : at.source.line_of(definition),
        fmt::format("{} must take the environment: write `void {}(Environment& "
                    "environment)`",
                    name, name)};
  }
  return std::nullopt;
}

std::optional<Hint> macro_arguments(const Situation& at, const Captures& /*captures*/) {
  return explain_options(at.source, "cppworker::Argument", at.offset(), at.api, at.check);
}

std::optional<Hint> header_not_found(const Situation& at, const Captures& captures) {
  const auto& header = captures[0];
  const bool is_of_library =
      contains(header, "cppworker") || contains(header, "cpp-worker") || contains(header, "locust");
  if (is_of_library) {
    return at.hint(
        fmt::format("there is no header {}: write #include <cppworker/locust.hpp>, which "
                    "includes all of cpp-worker",
                    header));
  }
  return at.hint(missing_header(header));
}

std::optional<Hint> header_of_newer_standard(const Situation& at, const Captures& captures) {
  if (captures[0] != "format" && captures[0] != "print") return header_not_found(at, captures);
  return at.hint(
      fmt::format("<{}> needs a newer compiler (g++ 13 for <format>, 14 for <print>): "
                  "write \"/item/\" + std::to_string(id) instead",
                  captures[0]));
}

std::optional<Hint> incomplete_parent(const Situation& at, const Captures& captures) {
  const auto name = captures[0].substr(captures[0].rfind(' ') + 1);
  const auto line = at.source.line_of_class(name);
  if (line == 0) return std::nullopt;
  return at.hint(fmt::format(
      "{} is used before its definition in line {}: move the TaskSet into the class {}, or derive "
      "it from TaskSet<HttpUser>",
      name, line, name));
}

/// Errors that another error before or after them explains better.
constexpr std::array kConsequences = std::to_array<std::string_view>(
    {"called in a constant expression", "non-constant condition for static assertion",
     "flows off the end of the function", "result type must be constructible from input type",
     "called more times than"});

using Explain = std::optional<Hint> (*)(const Situation&, const Captures&);

/// A row: what the compiler reports, and the function that explains it.
struct Row {
  std::string_view pattern;
  Explain explain;
};

/// The table of hints. The first row that matches and has an explanation is used.
constexpr std::
    array
        kTable =
            std::
                to_array<Row>(
                    {
                        // Options in braces
                        {"cannot convert '<brace-enclosed initializer list>' to '*'", &braces},
                        {"no known conversion for argument * from '<brace-enclosed initializer "
                         "list>' to '*'",
                         &braces},
                        {"conversion from '<brace-enclosed initializer list>' to '*' is ambiguous",
                         &ambiguous_braces},
                        {"designator order for field '*' does not match declaration order in '*'",
                         &order_of_options},
                        {"'*' has no non-static data member named '*'", &unknown_member_of_braces},
                        {"designator used multiple times", &ambiguous_braces},
                        {"no matching function for call to 'to_array<cppworker::Argument>(",
                         &macro_arguments},
                        {"narrowing conversion of '*' from 'double' to", &narrowing},
                        {"cannot convert '*' to 'const cppworker::RequestOptions&'", &not_options},
                        {"expected '}' before ':' token", &colon},
                        {"expected ')' before ':' token", &colon},

                        // tasks() and classes
                        {"static assertion failed: *", &static_assertion},
                        {"static_assert failed* \"*\"",
                         [](const Situation& at, const Captures& captures) {
                           return static_assertion(at, {captures[1]});
                         }},
                        {"'<throw-expression>' is not a constant expression", &thrown_text},
                        {"no matching function for call to '*::task<*>(*)'",
                         [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
                           return at.hint(fmt::format(
                               "{}: a method with the name task hides task<…>(): rename it",
                               captures[0]));
                         }},
                        {"no matching function for call to 'task<*>(*)'", &task_call},
                        {"the value of '*' is not usable in a constant expression",
                         &needs_constexpr},
                        {"'*' is private within this context",
                         [](const Situation& at, const Captures& captures) -> std::optional<Hint> {
                           return at.hint(fmt::format("{} is private: write `public:` before it",
                                                      captures[0]));
                         }},
                        {"no matching function for call to 'cppworker::HttpSession::*(*)'",
                         [](const Situation& at,
                            const Captures& captures) -> std::
                                                          optional<Hint> {
                                                            return at.hint(fmt::format(
                                                                "client().{}({}): the arguments "
                                                                "are the URL, the options in "
                                                                "braces and the check: write "
                                                                "client().{}({}\"/item\", {{.name "
                                                                "= \"/item/[id]\"}})",
                                                                captures[0], captures[1],
                                                                captures[0],
                                                                captures[0] == "request"
                                                                    ? "\"GET\", "
                                                                    : ""));
                                                          }},
                        {"no matching function for call to 'task(*)'", &task_without_template},
                        {"no matching function for call to 'between(*)'",
                         [](const Situation& at, const Captures& captures) {
                           return wait_arguments(at, {"between", captures[0]});
                         }},
                        {"no matching function for call to 'constant(*)'",
                         [](const Situation& at, const Captures& captures) {
                           return wait_arguments(at, {"constant", captures[0]});
                         }},
                        {"no matching function for call to 'constant_pacing(*)'",
                         [](const Situation& at, const Captures& captures) {
                           return wait_arguments(at, {"constant_pacing", captures[0]});
                         }},
                        {"call to non-'constexpr' function '*'", &tasks_without_constexpr},
                        {"marked 'override', but does not override",
                         [](const Situation& at, const Captures&) {
                           const auto found = match(at.error.text, "'*' marked");
                           return found ? does_not_override(at, *found) : std::nullopt;
                         }},
                        {"'*' marked 'override' but does not override any member functions",
                         &does_not_override},
                        {"conflicting return type specified for '*'", &other_result},
                        {"'static *' cannot be declared",
                         [](const Situation& at, const Captures& captures) {
                           auto name = captures[0].substr(0, captures[0].find('('));
                           name = name.substr(name.rfind(' ') + 1);
                           return std::optional(
                               at.hint(fmt::format("{} can't be static: write `void {}() override`",
                                                   name, last_part(name))));
                         }},
                        {"'constexpr' needed for in-class initialization of static data member '*'",
                         &needs_constexpr},
                        {"non-static data member '*' declared 'constexpr'", &constexpr_member},
                        {"is not a constant expression because it refers to a result of 'operator "
                         "new'",
                         &host_in_memory},
                        {"conversion from '*' to non-scalar type 'const cppworker::WaitTime'",
                         &to_wait_time},
                        {"conversion from '*'*to non-scalar type 'const cppworker::WaitTime'",
                         &to_wait_time},
                        {"return-statement with a value, in function returning 'void'",
                         [](const Situation& at,
                            const Captures&) -> std::
                                                 optional<Hint> {
                                                   if (!contains(at.line(), "tasks()"))
                                                     return std::nullopt;
                                                   return at.hint(
                                                       "tasks() returns its rows: write `static "
                                                       "constexpr auto tasks()` "
                                                       "instead of "
                                                       "void");
                                                 }},
                        {"ISO C++ forbids taking the address of * member function*Say '&*'",
                         [](const Situation& at, const Captures& captures) {
                           return bound_method(at, {captures[2]});
                         }},
                        {"cannot call member function '*' without object", &call_without_object},
                        {"'this' was not captured for this lambda function",
                         [](const Situation& at, const Captures&) {
                           return not_captured(at, {"this"});
                         }},
                        {"invalid use of member function '*' (did you forget the '()' ?)",
                         &forgotten_call},
                        {"invalid use of non-static member function '*'",
                         &method_without_ampersand},
                        {"invalid use of non-static data member '*'", &foreign_member},
                        {"invalid use of incomplete type '*'", &incomplete_parent},
                        {"redefinition of 'const cppworker::detail::AbiRecord", &locustfile_twice},
                        {"type/value mismatch at argument 1 in template parameter list for "
                         "*kUserClasses",
                         &locustfile_arguments},
                        {"two or more data types in declaration of 'type name'",
                         &locustfile_arguments},
                        {"parse error in template argument list",
                         [](const Situation& at,
                            const Captures& captures) -> std::
                                                          optional<Hint> {
                                                            if (contains(at.line(),
                                                                         "CPPWORKER_LOCUSTFILE"))
                                                              return locustfile_arguments(at,
                                                                                          captures);
                                                            const auto set =
                                                                match(at.line(), "task<&*>");
                                                            if (!set) return std::nullopt;
                                                            return at.hint(fmt::format(
                                                                "task<&{}>: a TaskSet has no &: "
                                                                "write task<{}>()",
                                                                set->front(), set->front()));
                                                          }},
                        {"too many arguments to function '*'", &init_arguments},
                        {"too few arguments to function '*'", &init_arguments},
                        {"capture of non-variable 'cppworker::task'",
                         [](const Situation& at,
                            const Captures&) -> std::
                                                 optional<Hint> {
                                                   return at.hint(
                                                       "[…] is Python: write `return "
                                                       "task_list(task<&ShopUser::index>());`");
                                                 }},

                        // Names
                        {"'*' was not declared in this scope", &not_declared},
                        {"use of undeclared identifier '*'", &not_declared},
                        {"'*' has not been declared", &not_declared},
                        {"'*' does not name a type", &not_a_type},
                        {"unknown type name '*'", &not_a_type},
                        {"expected class-name before '{' token", &no_base_class},
                        {"expected class name", &no_base_class},
                        {"'*' is not a member of '*'", &not_in_class},
                        {"no member named '*' in namespace 'std'", &no_standard_name},
                        {"'*' has no member named '*'", &no_member_gcc},
                        {"has no member named '*'",
                         [](const Situation& at, const Captures& captures) {
                           const auto type = match(at.error.text, "'*'");
                           return no_member(at, type ? type->front() : "", captures[0]);
                         }},
                        {"no member named '*' in '*'", &no_member_clang},
                        {"*: No such file or directory", &header_of_newer_standard},
                        {"'*' file not found", &header_of_newer_standard},
                        {"unable to find numeric literal operator 'operator\"\"*'", &no_unit},
                        {"no matching literal operator for call to 'operator\"\"*'", &no_unit},

                        // Syntax
                        {"expected initializer before 'cppworker_locustfile_abi'",
                         &missing_semicolon_of_class},
                        {"expected ';' after class definition", &missing_semicolon_of_class},
                        {"expected ';' after class", &missing_semicolon_of_class},
                        {"expected ';' after struct definition", &missing_semicolon_of_class},
                        {"expected initializer before '", &python_line},
                        {"expected '}' at end of input", &open_brace},
                        {"expected '}'", &open_brace},
                        {"missing terminating", &open_quote},
                        {"stray '@' in program", &python_line},
                        {"stray '#' in program", &python_line},
                        {"extended character",
                         [](const Situation& at, const Captures&) -> std::optional<Hint> {
                           return at.hint(fmt::format(
                               "`{}`: a typographic character: write plain quotes \" and "
                               "hyphens -",
                               text::trimmed(at.line())));
                         }},
                        {"stray '\\342'",
                         [](const Situation& at, const Captures&) -> std::optional<Hint> {
                           return at.hint(fmt::format(
                               "`{}`: a typographic character: write plain quotes \" and "
                               "hyphens -",
                               text::trimmed(at.line())));
                         }},
                        {"expected constructor, destructor, or type conversion", &misspelled_macro},
                        {"expected ';' before '*'", &missing_semicolon},
                        {"expected ',' or ';' before '*'", &missing_semicolon},
                        {"expected '(' before", &python_line},
                        {"expected ')' before '*'", &expected_parenthesis},
                        {"expected primary-expression before '*' token", &expected_expression},
                        {"expected unqualified-id before '*'", &keyword_as_name},
                        {"coroutines require a traits template",
                         [](const Situation& at, const Captures&) -> std::optional<Hint> {
                           return at.hint(
                               "co_await: calls of the library wait by themselves: write the call "
                               "without "
                               "co_await, co_return or co_yield");
                         }},
                        {"unable to find the promise type for this coroutine",
                         [](const Situation& at, const Captures&) -> std::optional<Hint> {
                           return at.hint(
                               "co_await: calls of the library wait by themselves: write the call "
                               "without "
                               "co_await, co_return or co_yield");
                         }},

                        // Expressions
                        {"cannot convert 'char' to 'std::string_view'",
                         [](const Situation& at, const Captures&) {
                           return to_text(at, {"char"});
                         }},
                        {"cannot convert '*' to 'std::string_view'", &to_text},
                        {"cannot convert '*' to 'std::string'", &to_text},
                        {"conversion from '*' to non-scalar type 'std::string_view'", &to_text},
                        {"conversion from 'cppworker::Value' to non-scalar type '*'", &value_to},
                        {"cannot convert 'cppworker::Value' to '*'", &value_to},
                        {"could not convert '*' from 'cppworker::Value' to '*'",
                         [](const Situation& at, const Captures& captures) {
                           return value_to(at, {captures[1]});
                         }},
                        {"conversion from '*' to non-scalar type 'std::string' {", &to_text},
                        {"could not convert '*' from '*' to 'cppworker::Seconds'", &to_seconds},
                        {"cannot convert 'std::chrono::*' *to 'unsigned int'", &duration_to_number},
                        {"no match for 'operator+' (operand types are '*'*and '*'",
                         [](const Situation& at, const Captures& captures) {
                           return no_sum(at, {captures[0], captures[2]});
                         }},
                        {"invalid operands of types '*' and '*' to binary 'operator+'", &no_sum},
                        {"invalid operands to binary expression ('*'*and '*'",
                         [](const Situation& at, const Captures& captures) {
                           return no_sum(at, {captures[0], captures[2]});
                         }},
                        {"no match for call to '(", &not_callable},
                        {"expression cannot be used as a function", &not_callable},
                        {"cannot be used as a function", &not_callable},
                        {"invalid types '<unresolved overloaded function type>[",
                         &subscript_of_function},
                        {"request for member '*' in '*', which is of pointer type",
                         &member_of_pointer},
                        {"request for member '*' in '*', which is of non-class type",
                         &module_of_python},
                        {"'*' is not captured", &not_captured},
                        {"passing 'const *' as 'this' argument discards qualifiers",
                         &const_argument},
                        {"use of deleted function '*'", &deleted_function},
                        {"no match for 'operator=' (operand types are 'cppworker::Headers::Place' "
                         "and '*'",
                         [](const Situation& at, const Captures&) -> std::optional<Hint> {
                           return at.hint("a header is a text: write \"7\" or std::to_string(7)");
                         }},
                    });

/// The line in a class where a member is declared: where the word before its name is a type.
std::size_t line_of_declaration(const SourceText& source, std::string_view owner,
                                std::string_view name) {
  const auto body = source.body_of_class(owner);
  if (!body) return 0;
  for (auto at = source.find_word(name, body->first); at < body->second;
       at = source.find_word(name, at + 1)) {
    const auto before = text::trimmed(source.code().substr(0, at));
    if (before.empty() || before.ends_with("return")) continue;
    if (is_word_character(before.back()) || contains("*&>", before.substr(before.size() - 1))) {
      return source.line_of(at);
    }
  }
  return source.line_of_class(owner);
}

/// Undefined functions and missing libraries, in the linker's output.
std::optional<Hint> explain_link_error(std::string_view output, const std::string& file,
                                       const SourceText& source) {
  const auto line_of_number = [&](std::string_view line) -> std::size_t {
    const auto at = line.find(file + ":");
    return at == std::string_view::npos
               ? 0
               : std::strtoul(line.data() + at + file.size() + 1, nullptr, 10);
  };
  std::string_view rest = output;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    auto found = match(line, "undefined reference to `*'");
    if (!found) found = match(line, "undefined reference to '*'");
    if (!found) found = match(line, "undefined reference to symbol '*@");
    if (found) {
      auto name = found->front();
      const auto table = match(name, "vtable for *");
      if (table) {
        return Hint{source.line_of_class(last_part(table->front())),
                    fmt::format("{}: a virtual method of it, as on_start(), has no body: write "
                                "`void on_start() override {{ … }}`",
                                table->front())};
      }
      const auto function = name.substr(0, name.find('('));
      const auto word = source.find_word(last_part(function));
      const auto owner = function.substr(0, function.find("::"));
      const bool is_own_member =
          owner != function && source.line_of_class(owner) > 0 && word != std::string_view::npos;
      if (is_own_member) {
        return Hint{line_of_declaration(source, owner, last_part(function)),
                    fmt::format("{} is declared but has no definition: write its body, or "
                                "`inline static` before a class attribute",
                                name)};
      }
      return Hint{line_of_number(line), missing_function(name)};
    }
    if (const auto library = match(line, "cannot find -l*")) {
      const auto flag = library->front().substr(0, library->front().find_first_of(": "));
      return Hint{0, missing_library(flag)};
    }
  }
  return std::nullopt;
}

std::string one_line(const std::string& file, const Hint& hint) {
  return hint.line == 0 ? fmt::format("{}: {}", file, hint.sentence)
                        : fmt::format("{}:{}: {}", file, hint.line, hint.sentence);
}

bool is_consequence(const CompilerError& error) {
  return std::any_of(kConsequences.begin(), kConsequences.end(),
                     [&](std::string_view part) { return contains(error.text, part); });
}

}  // namespace

std::string compiler_hint(std::string_view output, const fs::path& source,
                          const fs::path& include_dir, const CheckSource& check) {
  const auto plain = plain_text(output);
  const auto& file = source.native();
  const auto errors = parse_errors(plain);
  if (errors.empty()) {
    const auto hint = explain_link_error(plain, file, SourceText(file_text(source)));
    return hint ? one_line(file, *hint) : std::string{};
  }
  const auto is_own = [&](const std::string& name) {
    return name == file ||
           (!name.starts_with(include_dir.native()) && !base::is_system_header(name));
  };
  auto first = std::find_if(errors.begin(), errors.end(),
                            [](const CompilerError& error) { return !is_consequence(error); });
  if (first == errors.end()) first = errors.begin();
  auto place = own_place(*first, is_own);
  const bool found_own = is_own(place.file);
  if (!found_own) place = {.file = file};
  const auto text = SourceText(file_text(place.file));
  const ApiNames api(include_dir);
  const Situation situation{.error = *first,
                            .place = place,
                            .is_own = found_own,
                            .source = text,
                            .api = api,
                            .check = check};
  for (const auto& row : kTable) {
    const auto captures = match(first->text, row.pattern);
    if (!captures) continue;
    if (const auto hint = row.explain(situation, *captures)) return one_line(place.file, *hint);
  }
  if (!found_own) {
    if (const auto hint = pair_without_braces(situation, {})) return one_line(place.file, *hint);
  }
  return one_line(place.file, {place.line, first->text});
}

}  // namespace cppworker::loader
