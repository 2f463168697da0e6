#pragma once

#include <string_view>

namespace cppworker::http {

/// The error of a call that could not wait, because its user is being stopped and unwinds. It is no
/// failure: nothing is reported.
inline constexpr std::string_view kStoppedText = "StopUser()";

}  // namespace cppworker::http
