#include "runner/second_collections.hpp"

#include <chrono>

#include "runner/seconds.hpp"

namespace cppworker::runner {

void SecondCollections::on(const IncrementsCollected& event, TimePoint now) {
  if (!collecting_ || event.id < *collecting_) return;
  collecting_.reset();
  if (due_ && event.unix_now > 0) due_ = next_full_second(event.unix_now, now);
}

void SecondCollections::on_time(bool measures, std::optional<std::uint64_t> for_report,
                                TimePoint now) {
  if (!is_on_) return;
  if (!measures) {
    collecting_.reset();
    due_.reset();
    return;
  }
  // The first answer has the system's time, from which the next full second is known.
  if (!due_) due_ = now;
  if (now < *due_) return;
  due_ = now + std::chrono::seconds(1);
  collecting_ = for_report ? *for_report : actions_.next_id();
  if (!for_report) actions_.add(CollectIncrements{.id = *collecting_, .is_for_report = false});
}

}  // namespace cppworker::runner
