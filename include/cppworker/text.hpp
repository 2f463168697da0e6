#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cppworker {

/// A text in a struct of options: a std::string_view that can own its characters.
/// - A Text of a string literal refers to the literal and copies nothing.
/// - A Text of a std::string or a `const char*` owns its characters: they are moved or copied.
/// - A Text of a std::string_view refers to its characters, which must stay valid until the last
/// use
///   of the Text. Use it to avoid copying a large std::string.
/// - A copy of a Text always owns its characters.
class Text : public std::string_view {
 public:
  Text() = default;
  template <std::size_t N>
  Text(const char (&literal)[N])  // NOLINT(google-explicit-constructor)
      : std::string_view(literal) {}
  template <std::size_t N>
  Text(char (&buffer)[N])  // NOLINT(google-explicit-constructor)
      : Text(std::string(buffer)) {}
  template <class Pointer>
  requires std::same_as<Pointer, const char*> || std::same_as<Pointer, char*> Text(
      Pointer text)  // NOLINT(google-explicit-constructor)
      : Text(std::string(text)) {}
  Text(const char* data, std::size_t size) : Text(std::string(data, size)) {}
  Text(std::string_view view)  // NOLINT(google-explicit-constructor)
      : std::string_view(view) {}
  Text(std::string text)  // NOLINT(google-explicit-constructor)
      : owned_(std::move(text)) {
    view_owned();
  }

  Text(const Text& other) : Text(std::string(other)) {}
  Text(Text&& other) noexcept : std::string_view(other) { take(other); }
  Text& operator=(const Text& other) { return *this = Text(other); }
  Text& operator=(Text&& other) noexcept {
    if (this != &other) {
      std::string_view::operator=(other);
      take(other);
    }
    return *this;
  }
  ~Text() = default;

  void remove_prefix(std::size_t) = delete;
  void remove_suffix(std::size_t) = delete;

 private:
  void view_owned() { std::string_view::operator=(owned_); }
  /// Moves the characters; the view has been copied already.
  void take(Text& other) noexcept {
    const bool owns = other.data() == other.owned_.data();
    owned_ = std::move(other.owned_);
    if (owns) view_owned();
    other.std::string_view::operator=({});
  }

  std::string owned_;
};

}  // namespace cppworker
