#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cppworker::http {

/// A label of a host name in its ASCII form by IDNA 2008, as urllib3 makes it: in lower case,
/// without any other mapping. None: it isn't valid. @pre `label` has a byte above 0x7f
[[nodiscard]] std::optional<std::string> idna_label(std::string_view label);

}  // namespace cppworker::http
