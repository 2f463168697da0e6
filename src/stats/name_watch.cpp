#include "stats/name_watch.hpp"

#include <iterator>

namespace cppworker::stats {

std::optional<std::vector<std::string>> NameWatch::add(std::string_view method,
                                                       std::string_view name) {
  constexpr std::size_t kExamples = 3;
  if (has_ended_) {
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  auto of_method = names_.find(method);
  if (of_method == names_.end()) {
    of_method = names_.try_emplace(std::string(method)).first;
  }
  std::set<std::string, std::less<>>& names = of_method->second;
  names.emplace(name);
  if (names.size() < kNamesMax || has_ended_.exchange(true)) {
    return std::nullopt;
  }
  std::vector<std::string> examples(names.begin(), std::next(names.begin(), kExamples));
  names_.clear();
  return examples;
}

void NameWatch::reset() {
  const std::lock_guard lock(mutex_);
  names_.clear();
  has_ended_ = false;
}

NameWatch& NameWatch::process() {
  static NameWatch watch;
  return watch;
}

}  // namespace cppworker::stats
