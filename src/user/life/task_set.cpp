#include <iterator>
#include <string>

#include <cppworker/exception.hpp>
#include <cppworker/task_set.hpp>

#include "user/life/user_run.hpp"

namespace cppworker::detail {

TaskSetBase::~TaskSetBase() = default;

void TaskSetBase::wait() { UserRun::of(*this).wait_in_task(this); }

void TaskSetBase::schedule(const TaskRow& row, bool is_own, bool first) {
  if (!is_own) {
    throw Error("schedule_task(): " + std::string(row.name) + " is a task of another TaskSet");
  }
  auto before = queue_.before_begin();
  while (!first && std::next(before) != queue_.end()) {
    ++before;
  }
  queue_.insert_after(before, &row);
}

}  // namespace cppworker::detail
