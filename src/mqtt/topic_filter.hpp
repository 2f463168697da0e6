#pragma once

#include <string_view>

namespace cppworker::mqtt {

/// Whether a topic matches a filter: "a/+/c", "a/#". A shared subscription, "$share/group/filter",
/// matches as its filter.
[[nodiscard]] bool topic_matches(std::string_view filter, std::string_view topic);

/// "$share/…".
[[nodiscard]] bool is_shared(std::string_view filter);

}  // namespace cppworker::mqtt
