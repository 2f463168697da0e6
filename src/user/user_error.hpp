#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <typeinfo>

namespace cppworker::detail {

/// "std::runtime_error" instead of "St13runtime_error"; "KeyError" for cppworker::KeyError.
[[nodiscard]] std::string demangled_type(const std::type_info& type);

/// An exception that escaped user code, as the log and the master's Exceptions tab show it. The
/// master groups exceptions by `traceback` alone. So it holds class, task, the lines of user code
/// from the task to the throw, and the type, but neither the message nor an address: the same
/// exception at the same place always has the same traceback.
struct UserErrorText {
  std::string msg;        ///< "std::runtime_error: no such item"
  std::string traceback;  ///< "  in ShopUser.view_items\n    std::runtime_error\n"
};

/// Describes the exception that is being handled.
/// @pre Called in a catch block.
[[nodiscard]] UserErrorText describe_current_exception(std::string_view user_class,
                                                       std::string_view task);

}  // namespace cppworker::detail
