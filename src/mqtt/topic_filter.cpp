#include "mqtt/topic_filter.hpp"

namespace cppworker::mqtt {

namespace {

constexpr std::string_view kShare = "$share/";

/// Removes the first level and returns it. `last`: it was the only one.
std::string_view take_level(std::string_view& levels, bool& last) {
  const std::size_t slash = levels.find('/');
  const std::string_view level = levels.substr(0, slash);
  last = slash == std::string_view::npos;
  levels.remove_prefix(last ? levels.size() : slash + 1);
  return level;
}

}  // namespace

bool is_shared(std::string_view filter) { return filter.starts_with(kShare); }

bool topic_matches(std::string_view filter, std::string_view topic) {
  if (is_shared(filter)) {
    filter.remove_prefix(kShare.size());
    const std::size_t slash = filter.find('/');
    filter.remove_prefix(slash == std::string_view::npos ? filter.size() : slash + 1);
  }
  if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) {
    return false;
  }
  for (;;) {
    bool filter_ends = false;
    bool topic_ends = false;
    const std::string_view wanted = take_level(filter, filter_ends);
    if (wanted == "#") {
      return true;
    }
    const std::string_view level = take_level(topic, topic_ends);
    if (wanted != "+" && wanted != level) {
      return false;
    }
    if (topic_ends) {
      return filter_ends || filter == "#";  // "a/#" matches "a", too
    }
    if (filter_ends) {
      return false;
    }
  }
}

}  // namespace cppworker::mqtt
