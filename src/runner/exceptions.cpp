#include "runner/exceptions.hpp"

#include <algorithm>

namespace cppworker::runner {

void Exceptions::add(const protocol::Exception& exception) {
  auto row = std::ranges::find(rows_, exception.traceback, &ExceptionRow::traceback);
  if (row == rows_.end()) {
    if (rows_.size() >= most_) return;
    row = rows_.insert(row, {0, exception.msg, exception.traceback});
  }
  ++row->count;
}

}  // namespace cppworker::runner
