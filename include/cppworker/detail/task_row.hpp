#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <cppworker/task_options.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {
class User;
}

/// What the library knows of tasks after the templates have ended: constant data that lives as long
/// as the locustfile.
namespace cppworker::detail {

class TaskSetBase;
struct TaskSetClass;

/// One row of a tasks() table: a method (or function) to run, or a TaskSet to enter.
struct TaskRow {
  std::string_view name{};                 ///< of the method or the TaskSet's class
  int weight = 1;                          ///< copies in the list that is picked from
  void (*run)(void* holder) = nullptr;     ///< holder: the User* or TaskSetBase* of the table
  const TaskSetClass* task_set = nullptr;  ///< set if this row is a TaskSet; then `run` is not
  Tags tags = Tags::none();                ///< of this row; a set's reach all its tasks
  Transitions transitions{};               ///< in the table of a MarkovTaskSet
};

enum class TaskSetKind : std::uint8_t { kRandom, kSequential, kMarkov };

/// The method `Seconds wait_time()` of an author's class. holder: its User* or TaskSetBase*
using WaitFunction = Seconds (*)(void* holder);

struct TaskSetClass {
  std::string_view name{};
  TaskSetKind kind = TaskSetKind::kRandom;
  std::span<const TaskRow> tasks{};
  bool has_wait_time = false;  ///< false: its tasks are followed by the user's wait
  WaitTime wait_time{};
  WaitFunction wait_function = nullptr;  ///< takes the place of wait_time
  TaskSetBase* (*create)(User& user, TaskSetBase* parent) = nullptr;  ///< the caller owns it
  bool has_on_stop = false;  ///< false: on_stop() is the empty one and need not be run
};

}  // namespace cppworker::detail
