#include "app/arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/options.hpp"
#include "loader/description.hpp"
#include "loader/files.hpp"
#include "loader/words.hpp"

namespace cppworker::app {
namespace {

using Kind = ArgumentDefault::Kind;

std::vector<std::string> names_of(const Argument& argument) {
  return loader::split_list({std::string(argument.name)});
}

[[noreturn]] void refuse(const Argument& argument, const std::string& what) {
  std::cerr << fmt::format("cpp-worker: error: argument {}: {}\n", argument.name, what);
  throw EarlyExit{2};
}

template <class Number>
Number number_of(const Argument& argument, const std::string& text, const char* type) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse(argument, fmt::format("invalid {} value: '{}'", type, text));
  }
  return number;
}

Value value_of(const Argument& argument, const std::string& text) {
  const auto& choices = argument.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) {
    refuse(argument, fmt::format("invalid choice: '{}' (choose from '{}')", text,
                                 fmt::join(choices.begin(), choices.end(), "', '")));
  }
  switch (argument.default_value.kind) {
    case Kind::kInt:
      return number_of<std::int64_t>(argument, text, "int");
    case Kind::kFloat:
      return number_of<double>(argument, text, "float");
    case Kind::kBool:
      return text != "false" && text != "False" && text != "0" && text != "no";
    case Kind::kText:
    case Kind::kNone:
      break;
  }
  return text;
}

Value value_of(const Argument& argument, const std::vector<std::string>& texts) {
  if (!argument.is_multiple) {
    return texts.empty() ? Value() : value_of(argument, texts.back());
  }
  Value::List values;
  for (const std::string& text : texts) values.push_back(value_of(argument, text));
  return values;
}

/// Adds the words of a command line that set the argument to these texts.
void add_words(const Argument& argument, const std::vector<std::string>& texts,
               std::vector<std::string>& words) {
  const std::string name = names_of(argument).back();
  if (argument.is_multiple) {
    words.push_back(name);
    words.insert(words.end(), texts.begin(), texts.end());
  } else if (argument.default_value.kind != Kind::kBool) {
    if (!texts.empty()) words.push_back(name + '=' + texts.back());
  } else if (value_of(argument, texts) == Value(true)) {
    words.push_back(name);
  }
}

Value default_of(const Argument& argument) {
  const ArgumentDefault& fallback = argument.default_value;
  if (argument.is_multiple) {
    Value::List values;
    for (std::string& text : loader::split_list({std::string(fallback.text)})) {
      values.emplace_back(std::move(text));
    }
    return values;
  }
  switch (fallback.kind) {
    case Kind::kNone:
      break;
    case Kind::kText:
      return fallback.text;
    case Kind::kInt:
      return static_cast<std::int64_t>(fallback.number);
    case Kind::kFloat:
      return fallback.number;
    case Kind::kBool:
      return fallback.flag;
  }
  return {};
}

/// The words of the command line that have not been read yet.
class Rest {
 public:
  explicit Rest(const std::vector<std::string>& words) : words_(words) {}

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }
  std::string take() { return words_[next_++]; }
  [[nodiscard]] bool has_value() const { return !empty() && !words_[next_].starts_with("--"); }

 private:
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
};

std::vector<std::string> take_values(const Argument& argument, const std::string& word,
                                     Rest& rest) {
  if (const auto equals = word.find('='); equals != std::string::npos) {
    return {word.substr(equals + 1)};
  }
  if (argument.default_value.kind == Kind::kBool) return {"true"};
  if (!rest.has_value()) refuse(argument, "expected one argument");
  std::vector<std::string> values = {rest.take()};
  while (argument.is_multiple && rest.has_value()) values.push_back(rest.take());
  return values;
}

/// As argparse in Locust, which reports "conflicting option string".
void check_names(const std::vector<std::string>& names) {
  if (const auto taken = std::ranges::find_if(names, is_option); taken != names.end()) {
    throw Error(fmt::format(
        "The locustfile's argument {} has the name of an option of Locust or cpp-worker. Give the "
        "argument another name",
        *taken));
  }
}

}  // namespace

ArgumentValues read_arguments(const std::vector<std::string>& words,
                              const std::vector<Setting>& settings,
                              std::span<const Argument> arguments) {
  ArgumentValues read;
  std::map<std::string, const Argument*> by_name;
  std::vector<std::string> all_names;
  for (const Argument& argument : arguments) {
    for (std::string& name : names_of(argument)) {
      by_name.emplace(name, &argument);
      all_names.push_back(std::move(name));
    }
  }
  check_names(all_names);
  std::map<const Argument*, std::vector<std::string>> given;

  for (Rest rest(words); !rest.empty();) {
    const std::string word = rest.take();
    const auto named = by_name.find(word.substr(0, word.find('=')));
    if (named != by_name.end()) {
      given[named->second] = take_values(*named->second, word, rest);
    } else if (word.starts_with('-') && word != "--") {
      refuse_argument(word, all_names);
    } else if (word != "--") {
      read.user_classes.push_back(word);
    }
  }
  for (const Argument& argument : arguments) {
    const char* variable =
        argument.env_var.empty() ? nullptr : std::getenv(std::string(argument.env_var).c_str());
    if (variable != nullptr && !given.contains(&argument)) {
      given[&argument] = argument.is_multiple ? loader::split_list({variable})
                                              : std::vector<std::string>{variable};
    }
  }
  for (const Setting& setting : settings) {
    const auto named = by_name.find("--" + setting.key);
    if (named == by_name.end()) {
      read.ignored.push_back("Ignored '" + setting.key +
                             "' in the configuration: it is not an option of cpp-worker or Locust, "
                             "nor an argument of this locustfile");
    } else {
      given.try_emplace(named->second, setting.values);
    }
  }
  for (const Argument& argument : arguments) {
    const auto texts = given.find(&argument);
    read.values.emplace_back(
        loader::destination(argument),
        texts == given.end() ? default_of(argument) : value_of(argument, texts->second));
    if (texts != given.end()) add_words(argument, texts->second, read.words);
  }
  const char* classes = std::getenv("LOCUST_USER_CLASSES");
  if (read.user_classes.empty() && classes != nullptr) {
    read.user_classes = loader::split_words(classes, "LOCUST_USER_CLASSES");
  }
  return read;
}

}  // namespace cppworker::app
