#pragma once

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
  text = text.substr(0, text.find_first_of(";]<("));
  return text.substr(text.find_last_of(":& ") + 1);
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
