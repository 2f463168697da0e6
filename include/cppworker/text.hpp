#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cppworker {

/// A text in a struct of options: a std::string_view that owns its characters unless they outlive
/// it anyway. A string literal is viewed, which costs nothing; a std::string is moved or copied
/// into the Text. To save the copy of a large std::string, pass a std::string_view: it is viewed,
/// so its characters must stay until the last use of the Text. A copy of a Text always owns.
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
  /// The rest of a move, once the view is copied.
  void take(Text& other) noexcept {
    const bool owns = other.data() == other.owned_.data();
    owned_ = std::move(other.owned_);
    if (owns) view_owned();
    other.std::string_view::operator=({});
  }

  std::string owned_;
};

}  // namespace cppworker
