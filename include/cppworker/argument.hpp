#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace cppworker {

/// The default of an argument; its kind is the argument's type. Text, numbers and bool convert.
struct ArgumentDefault {
  enum class Kind : std::uint8_t { kNone, kText, kInt, kFloat, kBool };

  constexpr ArgumentDefault() = default;  ///< none: a text that nobody has given yet
  constexpr ArgumentDefault(const char* t) : kind(Kind::kText), text(t) {}  // NOLINT
  constexpr ArgumentDefault(int i) : kind(Kind::kInt), number(i) {}         // NOLINT
  constexpr ArgumentDefault(double d) : kind(Kind::kFloat), number(d) {}    // NOLINT
  constexpr ArgumentDefault(bool b) : kind(Kind::kBool), flag(b) {}         // NOLINT

  Kind kind = Kind::kNone;
  std::string_view text{};
  double number = 0;
  bool flag = false;
};

/// Up to 32 values to choose from: `{"dev", "prod"}`.
class ArgumentChoices {
 public:
  constexpr ArgumentChoices() = default;
  constexpr ArgumentChoices(std::initializer_list<std::string_view> values)  // NOLINT
      : size_(values.size()) {
    if (values.size() > values_.size()) {
      throw "an argument takes at most 32 choices";  // a compile error in the author's own line
    }
    std::size_t i = 0;
    for (const std::string_view value : values) {
      values_.at(i++) = value;
    }
  }
  [[nodiscard]] constexpr const std::string_view* begin() const { return values_.data(); }
  [[nodiscard]] constexpr const std::string_view* end() const { return values_.data() + size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

 private:
  std::array<std::string_view, 32> values_{};
  std::size_t size_ = 0;
};

/// An argument of the locustfile's own: what `parser.add_argument(...)` in a listener of
/// `init_command_line_parser` is in Python. List them in CPPWORKER_ARGUMENTS(...); the stub that
/// --print-locustfile writes declares them for the master, so they have fields in its web UI, and
/// users read them by `environment().parsed_options().get<T>("my_argument")`.
struct Argument {
  std::string_view name;            ///< "--my-argument", or "-m,--my-argument"
  ArgumentDefault default_value{};  ///< and the type; with `false` the argument is a flag
  std::string_view help{};
  ArgumentChoices choices{};  ///< empty: anything
  std::string_view env_var{};
  bool is_secret = false;    ///< masked in the web UI
  bool is_required = false;  ///< the web UI's field must be filled
  bool is_multiple = false;  ///< several of the choices: a list of texts
  bool include_in_web_ui = true;
};

namespace detail {

using Arguments = std::span<const Argument>;

template <std::size_t N>
constexpr std::array<Argument, N> checked_arguments(std::array<Argument, N> arguments) {
  for (const Argument& argument : arguments) {
    const auto dashes = argument.name.find("--");
    if (dashes == std::string_view::npos || dashes + 2 == argument.name.size()) {
      throw "the name of an argument needs a long form: \"--my-argument\"";
    }
  }
  return arguments;
}

}  // namespace detail

}  // namespace cppworker
