#include "user/merged_context.hpp"

#include <algorithm>
#include <utility>

namespace cppworker::detail {

Value merged_context(User* user, const Value::Map& context) {
  Value::Map merged = user == nullptr ? Value::Map{} : user->context();
  for (const auto& entry : context) {
    const auto present = std::find_if(merged.begin(), merged.end(), [&](const auto& other) {
      return other.first == entry.first;
    });
    if (present == merged.end()) {
      merged.push_back(entry);
    } else {
      present->second = entry.second;
    }
  }
  return merged.empty() ? Value{} : Value{std::move(merged)};
}

}  // namespace cppworker::detail
