#include "stats/entry_recorder.hpp"

#include <utility>

namespace cppworker::stats {

EntryIncrement EntryRecorder::take(std::string name, std::string method, double now_unix) {
  EntryIncrement taken;
  taken.name = std::move(name);
  taken.method = std::move(method);
  taken.start_time = std::exchange(start_time_, now_unix);
  if (num_requests_ > 0) {
    taken.last_request_timestamp = last_request_timestamp_;
  }
  if (num_requests_ > num_none_requests_) {
    taken.min_response_time = min_response_time_;
  }
  taken.num_requests = std::exchange(num_requests_, 0);
  taken.num_none_requests = std::exchange(num_none_requests_, 0);
  taken.num_failures = std::exchange(num_failures_, 0);
  taken.total_response_time = std::exchange(total_response_time_, 0);
  taken.max_response_time = std::exchange(max_response_time_, 0);
  min_response_time_ = std::numeric_limits<double>::infinity();
  taken.total_content_length = std::exchange(total_content_length_, 0);
  taken.response_times = response_times_.take();
  taken.num_reqs_per_sec = requests_per_second_.take();
  taken.num_fail_per_sec = failures_per_second_.take();
  if (taken.start_time <= 0 && !taken.num_reqs_per_sec.empty()) {
    taken.start_time = static_cast<double>(taken.num_reqs_per_sec.begin()->first);
  }
  return taken;
}

}  // namespace cppworker::stats
