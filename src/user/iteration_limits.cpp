#include "user/iteration_limits.hpp"

namespace cppworker::detail {

IterationLimits::IterationLimits(std::int64_t iterations,
                                 std::span<const UserClass* const> user_classes,
                                 const UsedUp& used_up) {
  if (iterations > 0) of_all_.emplace(iterations, [=] { used_up({}, iterations); });
  IterationLimit* const of_all = of_all_ ? &*of_all_ : nullptr;
  for (const UserClass* user_class : user_classes) {
    const std::int64_t own = user_class->attributes().iterations;
    if (own == 0) continue;
    of_classes_.try_emplace(
        user_class, own, [=, name = std::string(user_class->name)] { used_up(name, own); }, of_all);
  }
}

IterationLimit* IterationLimits::of(const UserClass& user_class) {
  const auto own = of_classes_.find(&user_class);
  if (own != of_classes_.end()) return &own->second;
  return of_all_ ? &*of_all_ : nullptr;
}

}  // namespace cppworker::detail
