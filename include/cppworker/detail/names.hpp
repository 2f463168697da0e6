#pragma once

#include <cstddef>
#include <string_view>

/// The names of classes and methods in the source, at compile time. GCC 12 and Clang 14 both print
/// them in __PRETTY_FUNCTION__; std::source_location does not contain template arguments.
namespace cppworker::detail {

/// "view_items" for method_name<&ShopUser::view_items>(), "browse" for the function browse.
template <auto Method>
constexpr std::string_view method_name() {
  std::string_view text =
      __PRETTY_FUNCTION__;  // "... [with auto Method = &ShopUser::view_items; ...]"
  text = text.substr(text.find("Method = ") + 9);
  text = text.substr(0, text.find_first_of(";]"));
  // The last part outside of brackets, as in "&shop::(anonymous namespace)::Page<int>::view".
  std::size_t begin = 0;
  std::size_t end = text.size();
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || c == '(') {
      if (depth++ == 0) end = i;
    } else if (c == '>' || c == ')') {
      --depth;
    } else if (depth == 0 && (c == ':' || c == '&' || c == ' ')) {
      begin = i + 1;
      end = text.size();
    }
  }
  return text.substr(begin, end - begin);
}

/// "ShopUser" for class_name<shop::ShopUser>(), like Python's `__name__`; without template
/// arguments.
template <class T>
constexpr std::string_view class_name() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... [with T = shop::ShopUser; ...]"
  text = text.substr(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  if (text.ends_with('>')) {  // "shop::Browse<shop::ShopUser>"
    text = text.substr(0, text.find('<'));
  }
  const auto colons = text.rfind("::");
  return colons == std::string_view::npos ? text : text.substr(colons + 2);
}

}  // namespace cppworker::detail
