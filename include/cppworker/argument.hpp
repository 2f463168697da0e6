#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace cppworker {

/// The default value of an argument. Its kind is the type of the argument. Text, int, double and
/// bool convert to it.
struct ArgumentDefault {
  enum class Kind : std::uint8_t { kNone, kText, kInt, kFloat, kBool };

  constexpr ArgumentDefault() = default;  ///< no default: a text argument, None until it is given
  constexpr ArgumentDefault(const char* t) : kind(Kind::kText), text(t) {}  // NOLINT
  constexpr ArgumentDefault(int i) : kind(Kind::kInt), number(i) {}         // NOLINT
  constexpr ArgumentDefault(double d) : kind(Kind::kFloat), number(d) {}    // NOLINT
  constexpr ArgumentDefault(bool b) : kind(Kind::kBool), flag(b) {}         // NOLINT

  Kind kind = Kind::kNone;
  std::string_view text{};
  double number = 0;
  bool flag = false;
};

/// The allowed values of an argument, 32 at most: `{"dev", "prod"}`.
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

/// A command-line argument that the locustfile declares, like `parser.add_argument(...)` in a
/// Python listener of `init_command_line_parser`. List the arguments in CPPWORKER_ARGUMENTS(...).
/// The locustfile that --print-locustfile writes declares them for the master, whose web UI then
/// has fields for them. Users read them with
/// `environment().parsed_options().get<T>("my_argument")`.
struct Argument {
  std::string_view name;            ///< "--my-argument", or "-m,--my-argument"
  ArgumentDefault default_value{};  ///< also sets the type; `false` makes the argument a flag
  std::string_view help{};
  ArgumentChoices choices{};      ///< empty: any value is allowed
  std::string_view env_var{};     ///< environment variable that sets it; "": none
  bool is_secret = false;         ///< masked in the web UI
  bool is_required = false;       ///< the web UI requires a value
  bool is_multiple = false;       ///< takes several of the choices; its value is a list of texts
  bool include_in_web_ui = true;  ///< false: no field in the web UI
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
