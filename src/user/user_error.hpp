#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <typeinfo>

namespace cppworker::detail {

/// "std::runtime_error" instead of "St13runtime_error"; "KeyError" for cppworker::KeyError.
[[nodiscard]] std::string demangled_type(const std::type_info& type);

/// What an exception that escaped user code looks like in the log and in the master's Exceptions
/// tab. The master groups by `traceback` alone, so it holds class, task and type but neither the
/// message nor an address: stable per site, distinct per kind.
struct UserErrorText {
  std::string msg;        ///< "std::runtime_error: no such item"
  std::string traceback;  ///< "  in ShopUser.view_items\n    std::runtime_error\n"
};

/// Describes the exception being handled; call it inside a catch block.
[[nodiscard]] UserErrorText describe_current_exception(std::string_view user_class,
                                                       std::string_view task);

}  // namespace cppworker::detail
