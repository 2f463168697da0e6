#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include <cppworker/detail/user_class.hpp>

#include "user/iteration_limit.hpp"

namespace cppworker::detail {

/// The limits of the task iterations of a run: of all users together, and of single classes. They
/// must outlive its users.
class IterationLimits {
 public:
  /// @param user_class "": the limit of all users
  using UsedUp = std::function<void(const std::string& user_class, std::int64_t iterations)>;

  /// @param iterations of all users together; 0: no limit
  /// @param used_up called once for each limit, by the thread that takes the last iteration
  IterationLimits(std::int64_t iterations, std::span<const UserClass* const> user_classes,
                  const UsedUp& used_up);
  IterationLimits(const IterationLimits&) = delete;  // the limits refer to each other
  IterationLimits& operator=(const IterationLimits&) = delete;

  /// The limit for users of this class; null: none. Any thread.
  [[nodiscard]] IterationLimit* of(const UserClass& user_class);

 private:
  std::optional<IterationLimit> of_all_;
  std::unordered_map<const UserClass*, IterationLimit> of_classes_;
};

}  // namespace cppworker::detail
