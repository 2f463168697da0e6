#include "loader/name_hints.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "loader/brace_hints.hpp"
#include "loader/class_hints.hpp"
#include "loader/option_hints.hpp"
#include "loader/source_text.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

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

/// The public names that <cppworker/locust.hpp> does not declare, and their headers.
struct HeaderOfName {
  std::string_view name;
  std::string_view header;
};
constexpr std::array kHeadersOfNames = std::to_array<HeaderOfName>({
    {"MqttUser", "mqtt_user.hpp"},          {"MqttClient", "mqtt_user.hpp"},
    {"MqttConnect", "mqtt_user.hpp"},       {"MqttError", "mqtt_user.hpp"},
    {"MqttMessage", "mqtt_user.hpp"},       {"MqttProperties", "mqtt_user.hpp"},
    {"MqttProtocol", "mqtt_user.hpp"},      {"MqttPublish", "mqtt_user.hpp"},
    {"MqttRequest", "mqtt_user.hpp"},       {"MqttStamp", "mqtt_user.hpp"},
    {"MqttSubscribe", "mqtt_user.hpp"},     {"MqttTimeout", "mqtt_user.hpp"},
    {"MqttWill", "mqtt_user.hpp"},          {"GrpcUser", "grpc_user.hpp"},
    {"CatchGrpc", "grpc_user.hpp"},         {"CatchGrpcStream", "grpc_user.hpp"},
    {"GrpcClient", "grpc_user.hpp"},        {"GrpcCode", "grpc_user.hpp"},
    {"GrpcConnections", "grpc_user.hpp"},   {"GrpcKeepalive", "grpc_user.hpp"},
    {"GrpcMetadata", "grpc_user.hpp"},      {"GrpcOptions", "grpc_user.hpp"},
    {"GrpcReply", "grpc_user.hpp"},         {"GrpcResult", "grpc_user.hpp"},
    {"GrpcSettings", "grpc_user.hpp"},      {"GrpcStream", "grpc_user.hpp"},
    {"GrpcStreamOptions", "grpc_user.hpp"}, {"GrpcTimeout", "grpc_user.hpp"},
    {"grpc_code_name", "grpc_user.hpp"},    {"GrpcDynamic", "grpc_dynamic.hpp"},
    {"GrpcMethod", "grpc_dynamic.hpp"},     {"GrpcValueStream", "grpc_dynamic.hpp"},
    {"WebSocket", "websocket.hpp"},         {"CatchMessage", "websocket.hpp"},
    {"WebSocketMessage", "websocket.hpp"},  {"WebSocketOptions", "websocket.hpp"},
    {"WebSocketReceive", "websocket.hpp"},  {"WebSocketRequest", "websocket.hpp"},
    {"WebSocketSend", "websocket.hpp"},     {"ServerEvents", "server_events.hpp"},
    {"ServerEvent", "server_events.hpp"},   {"ServerEventOptions", "server_events.hpp"},
    {"sse", "server_events.hpp"},
});

/// @param name may begin with "cppworker::"
std::optional<Hint> missing_include(const Situation& at, std::string_view name) {
  const auto header = header_of_name(name);
  const auto& text = at.source.text();
  if (header.empty() || at.source.line_of_class(last_part(name)) > 0 ||
      contains(text, fmt::format("#include <{}>", header)) ||
      contains(text, fmt::format("#include \"{}\"", header))) {
    return std::nullopt;
  }
  return at.hint(fmt::format("{}: write #include <{}>", last_part(name), header));
}

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

}  // namespace

std::string header_of_name(std::string_view name) {
  for (const auto& one : kHeadersOfNames) {
    if (one.name == last_part(name)) return fmt::format("cppworker/{}", one.header);
  }
  return {};
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
  if (const auto instead = written_in_cpp(name); !instead.empty()) {
    return at.hint(fmt::format("{}: {}", name, instead));
  }
  if (auto include = missing_include(at, name)) return include;
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
  if (auto attribute = locust_attribute(at, name)) return attribute;
  if (auto include = missing_include(at, name)) return include;
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
  if (auto include = missing_include(at, name)) return include;
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
  if (owner == "cppworker") {
    if (auto include = missing_include(at, name)) return include;
  }
  const auto meant = similar_name(at, name);
  return at.hint(
      fmt::format("{} has no member {}{}", owner, name,
                  meant.empty() ? "" : fmt::format(": did you mean {}::{}?", owner, meant)));
}

std::string_view written_in_cpp(std::string_view name) {
  for (const auto& one : kNotDeclared) {
    if (one.name == name) return one.write;
  }
  return {};
}

}  // namespace cppworker::loader
