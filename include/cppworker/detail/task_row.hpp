#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <cppworker/task_options.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {
class User;
}

/// The description of tasks that the library uses: constant data without templates. It lives as
/// long as the locustfile.
namespace cppworker::detail {

class TaskSetBase;
struct TaskSetClass;

/// One row of a tasks() table: a method (or function) to run, or a TaskSet to enter.
struct TaskRow {
  std::string_view name{};                 ///< name of the method or of the TaskSet's class
  int weight = 1;                          ///< relative frequency; 0: never picked
  void (*run)(void* holder) = nullptr;     ///< holder: the User* or TaskSetBase* of the table
  const TaskSetClass* task_set = nullptr;  ///< for a TaskSet, instead of `run`; else nullptr
  Tags tags = Tags::none();                ///< the tags of a TaskSet apply to all its tasks
  Transitions transitions{};               ///< only in the table of a MarkovTaskSet
};

inline constexpr WaitTime kNoWait{};

enum class TaskSetKind : std::uint8_t { kRandom, kSequential, kMarkov };

/// The method `Seconds wait_time()` of an author's class. holder: its User* or TaskSetBase*
using WaitFunction = Seconds (*)(void* holder);

struct TaskSetClass {
  std::string_view name{};
  TaskSetKind kind = TaskSetKind::kRandom;
  std::span<const TaskRow> tasks{};
  bool has_wait_time = false;            ///< false: the user's wait time follows its tasks
  const WaitTime* wait_time = &kNoWait;  ///< a class attribute, which may be set at run time
  WaitFunction wait_function = nullptr;  ///< replaces wait_time if set
  /// The caller owns the result.
  TaskSetBase* (*create)(User& user, TaskSetBase* parent) = nullptr;
  bool has_on_stop = false;  ///< false: on_stop() is not overridden and need not run
};

}  // namespace cppworker::detail
