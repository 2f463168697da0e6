#include "mqtt/in_flight.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"

namespace cppworker::mqtt {

std::string_view packet_name(InFlight::Awaits awaits) {
  static constexpr std::array<std::string_view, 5> kNames{"PUBACK", "PUBREC", "PUBCOMP", "SUBACK",
                                                          "UNSUBACK"};
  return kNames.at(static_cast<std::size_t>(awaits));
}

std::uint16_t window_size(std::uint16_t max_inflight, std::uint16_t receive_maximum) {
  constexpr std::uint16_t kMax = 60'000;
  return std::min({max_inflight, receive_maximum, kMax});
}

std::uint16_t InFlightTable::next_id() {
  DCHECK(entries_.size() < 65'535);
  do {
    ++last_id_;
  } while (last_id_ == 0 || find(last_id_) != nullptr);
  return last_id_;
}

InFlight& InFlightTable::add(InFlight entry) {
  DCHECK(find(entry.id) == nullptr);
  if (entry.is_publish()) {
    ++publishes_;
  }
  return entries_.emplace_back(std::move(entry));
}

InFlight* InFlightTable::find(std::uint16_t id) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const InFlight& entry) { return entry.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

InFlight* InFlightTable::find(const Operation& operation) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const InFlight& entry) {
    return entry.operation == &operation;
  });
  return found == entries_.end() ? nullptr : &*found;
}

InFlight InFlightTable::take(InFlight& entry) {
  InFlight taken = std::move(entry);
  entries_.erase(entries_.begin() + (&entry - entries_.data()));
  if (taken.is_publish()) {
    --publishes_;
    abandoned_ -= taken.cut_off ? 1 : 0;
  }
  return taken;
}

InFlight InFlightTable::abandon(InFlight& entry) {
  InFlight left{.id = entry.id,
                .awaits = entry.awaits,
                .qos = entry.qos,
                .start = entry.start,
                .deadline = entry.deadline,
                .cut_off = true};
  if (entry.is_publish()) {
    left.deadline = coro::TimePoint::max();
    abandoned_ += entry.cut_off ? 0 : 1;
  }
  return std::exchange(entry, std::move(left));
}

}  // namespace cppworker::mqtt
