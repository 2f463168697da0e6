#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

#include "user/iteration_limit.hpp"
#include "user/life/task_table.hpp"
#include "user/life/user_run.hpp"

namespace cppworker::detail {

/// A user class on one shard: its users and what they share. Changed by the Population and its
/// StopQueue only.
struct UserClassState {
  const UserClass* user_class = nullptr;
  std::string_view host;                        ///< of the class, or set by the class picker
  const TaskChoices* choices = nullptr;         ///< the tasks that its users pick from
  std::vector<std::unique_ptr<UserRun>> users;  ///< started and alive
  std::int64_t stopping = 0;                    ///< the number of `users` that were asked to stop
  std::int64_t to_start = 0;                    ///< users that count but were not started yet
  Value::Map attributes{};                      ///< set by the class picker or --config-users
  std::int64_t to_stop = 0;                     ///< surplus users that were not asked to stop yet
  bool lacks_host = false;                      ///< an HttpUser without a host: none was started
  IterationLimit* iterations = nullptr;         ///< of its users' tasks; null: no limit; not owned

  [[nodiscard]] std::int64_t alive() const {
    return static_cast<std::int64_t>(users.size()) + to_start;
  }
};

}  // namespace cppworker::detail
