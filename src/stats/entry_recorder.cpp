#include "stats/entry_recorder.hpp"

namespace cppworker::stats {

EntryIncrement EntryRecorder::increment(Precision precision) && {
  EntryIncrement increment;
  increment.name = name_->name;
  increment.method = name_->method;
  increment.start_time = start_time_;
  if (num_requests_ > 0) {
    increment.last_request_timestamp = last_request_timestamp_;
  }
  if (num_requests_ > num_none_requests_) {
    increment.min_response_time = min_response_time_;
  }
  increment.num_requests = num_requests_;
  increment.num_none_requests = num_none_requests_;
  increment.num_failures = num_failures_;
  increment.total_response_time = total_response_time_;
  increment.max_response_time = max_response_time_;
  increment.total_content_length = total_content_length_;
  increment.response_times = response_times_.counts(precision);
  if (failed_response_times_) {
    increment.failed_response_times = failed_response_times_->counts(precision);
  }
  increment.num_reqs_per_sec = std::move(requests_per_second_).counts();
  increment.num_fail_per_sec = std::move(failures_per_second_).counts();
  if (increment.start_time <= 0 && !increment.num_reqs_per_sec.empty()) {
    increment.start_time = static_cast<double>(increment.num_reqs_per_sec.begin()->first);
  }
  return increment;
}

}  // namespace cppworker::stats
