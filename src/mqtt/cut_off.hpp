#pragma once

#include "mqtt/rows.hpp"

namespace cppworker::mqtt {

/// Counts a request as cut off unless end() is called before its destructor: StopUser was thrown,
/// or the coroutine can't wait.
class CutOff {
 public:
  /// @param rows,row outlive this object
  CutOff(Rows& rows, const Rows::Row& row) : rows_(rows), row_(row) {}
  ~CutOff() {
    if (!has_ended_) {
      rows_.count_cut_off(row_);
    }
  }
  CutOff(const CutOff&) = delete;
  CutOff& operator=(const CutOff&) = delete;

  void end() { has_ended_ = true; }

 private:
  Rows& rows_;
  const Rows::Row& row_;
  bool has_ended_ = false;
};

}  // namespace cppworker::mqtt
