#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/detail/export.hpp>

/// Regular expressions for text of any size, in the syntax of Python's `re` as PCRE2 implements it.
/// A std::regex needs stack for each character that it matches: it overflows the stack of a user
/// (--stack-size) on a page of some hundred characters, which ends the worker. These functions need
/// no stack of the user.
///
/// - Patterns are strings as in Python: `search(page, R"re(value="([^"]+)")re", 1)`. \w, \d
///   and so on are those of Unicode. Flags are written in the pattern: (?i), (?s), (?m), (?x).
/// - The text is UTF-8. Invalid bytes count as U+FFFD.
/// - A thread compiles a pattern when it first uses it and keeps up to 500.
/// - A pattern with exponential time, such as (a+)+b, is stopped after a number of steps (a part of
///   a second): that throws Error.
/// - An invalid pattern throws Error with the position and the reason.
///
/// None of the functions suspends.
namespace cppworker {

/// A group of a pattern: its number, or its name if it is written (?P<name>…). 0 is the whole
/// match.
class Group {
 public:
  Group(int number) : number_(number) {}                // NOLINT(google-explicit-constructor)
  Group(const char* name) : name_(name) {}              // NOLINT(google-explicit-constructor)
  Group(const std::string& name) : name_(name) {}       // NOLINT(google-explicit-constructor)
  Group(std::string_view name) : name_(name) {}         // NOLINT(google-explicit-constructor)
  [[nodiscard]] int number() const { return number_; }  ///< -1: it has a name
  [[nodiscard]] std::string_view name() const { return name_; }  ///< refers to the text given

 private:
  int number_ = -1;
  std::string_view name_;
};

/// A group of the first match in `text`, like re.search(pattern, text).group(group). Throws Error
/// if there is no match, or if the group did not take part in it.
[[nodiscard]] CPPWORKER_EXPORT std::string search(std::string_view text, std::string_view pattern,
                                                  Group group = 0);
// With two arguments of the same type, std::search() is found, too. These are better matches.
template <class C, std::convertible_to<Group> G>
[[nodiscard]] std::string search(const std::basic_string<C>& text,
                                 const std::basic_string<C>& pattern, const G& group) {
  return search(std::string_view(text), std::string_view(pattern), Group(group));
}
template <class C, std::convertible_to<Group> G>
[[nodiscard]] std::string search(std::basic_string_view<C> text, std::basic_string_view<C> pattern,
                                 const G& group) {
  return search(text, pattern, Group(group));
}

/// The same, but returns std::nullopt instead of throwing if there is no match:
/// `if (const auto token = search_if(page, "token=(\\w+)", 1)) …`.
[[nodiscard]] CPPWORKER_EXPORT std::optional<std::string> search_if(std::string_view text,
                                                                    std::string_view pattern,
                                                                    Group group = 0);

/// All matches, like re.findall(): group 1 of each if the pattern has a group, else the whole
/// match. A pattern with more than one group throws Error; write the others as (?:…).
[[nodiscard]] CPPWORKER_EXPORT std::vector<std::string> findall(std::string_view text,
                                                                std::string_view pattern);

}  // namespace cppworker
