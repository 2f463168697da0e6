#include "loader/class_hints.hpp"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "loader/option_hints.hpp"
#include "text/did_you_mean.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace {

std::optional<Hint> class_attribute(const Situation& at, std::string_view member) {
  const auto name = last_part(member);
  if (auto attribute = locust_attribute(at, name)) return attribute;
  return at.hint(
      fmt::format("{}: write `inline static` instead of `static`, as in `inline static const "
                  "std::string {} = \"text\";`",
                  name, name));
}

}  // namespace

std::optional<Hint> static_assertion(const Situation& at, const Captures& captures) {
  const auto& text = captures[0];
  const auto name = class_of_error(at.error, at.source);

  const auto body = at.source.body_of_class(last_part(name));
  auto line = at.place.line;
  auto sentence = text;
  for (const std::string_view member : {"wait_time", "host", "weight", "fixed_count", "iterations",
                                        "on_start", "on_stop", "tasks()"}) {
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
  return at.hint(fmt::format("{} must return what the base class returns: write `{} {}() override`",
                             name, last_part(name) == "tick" ? "std::optional<Tick>" : "void",
                             last_part(name)));
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

std::optional<Hint> locust_attribute(const Situation& at, std::string_view name) {
  if (name == "wait_time") {
    return at.hint("wait_time: write `static constexpr WaitTime wait_time = between(1s, 5s);`");
  }
  if (name == "host") {
    return at.hint("host: write `static constexpr std::string_view host = \"http://…\";`");
  }
  if (name == "weight" || name == "fixed_count" || name == "iterations") {
    return at.hint(fmt::format("{}: write `static constexpr int {} = 3;`", name, name));
  }
  return std::nullopt;
}

}  // namespace cppworker::loader
