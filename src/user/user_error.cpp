#include "user/user_error.hpp"

#include <cxxabi.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "user/demangled.hpp"
#include "user/source_lines.hpp"
#include "user/throw_site.hpp"

namespace cppworker::detail {

std::string demangled_type(const std::type_info& type) {
  std::string name;
  coro::on_loop_stack([&] { name = demangled(type.name()); });
  // The exceptions of the library have the names of their Python counterparts.
  constexpr std::string_view kOwn = "cppworker::";
  return name.starts_with(kOwn) ? name.substr(kOwn.size()) : name;
}

UserErrorText describe_current_exception(std::string_view user_class, std::string_view task) {
  DCHECK(std::current_exception() != nullptr);
  const std::type_info* type = abi::__cxa_current_exception_type();
  const std::string type_name = type == nullptr ? "unknown exception" : demangled_type(*type);
  std::string msg;
  try {
    throw;
  } catch (const std::exception& exception) {
    msg = type_name + ": " + exception.what();
  } catch (const StopTest& stop) {
    msg = type_name + ": " + stop.message;
  } catch (const std::string& text) {
    msg = type_name + ": " + text;
  } catch (const char* text) {
    msg = type_name + ": " + text;
  } catch (...) {  // only its type is known
    msg = type == nullptr ? type_name : "an exception of type " + type_name;
  }
  std::string traceback = "  in ";
  traceback.append(user_class).append(".").append(task).append("\n");
  traceback.append(source_lines(throw_site_of_current_exception()));
  traceback.append("    ").append(type_name).append("\n");
  return {std::move(msg), std::move(traceback)};
}

}  // namespace cppworker::detail
