#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "mqtt/encode.hpp"

namespace cppworker::mqtt {

/// A coroutine that waits for an acknowledgement. On its stack.
struct Operation {
  coro::Coroutine* coroutine = nullptr;
  std::string_view name{};            ///< of the row
  const Outgoing* message = nullptr;  ///< to be sent again; null: a subscription
  bool done = false;
  bool succeeded = false;
};

/// A packet whose acknowledgement has not come yet.
struct InFlight {
  enum class Awaits : std::uint8_t { kPuback, kPubrec, kPubcomp, kSuback, kUnsuback };

  std::uint16_t id = 0;
  Awaits awaits{};
  std::uint8_t qos = 0;
  coro::TimePoint start{};
  coro::TimePoint deadline{};
  std::int64_t size = 0;
  Operation* operation = nullptr;  ///< null: nobody waits for it
  std::string name{};              ///< of the row, if nobody waits
  std::string packet{};            ///< the PUBLISH, to be sent again, if nobody waits
  /// Its row was recorded, or its user was stopped: the acknowledgement makes no row.
  bool cut_off = false;

  [[nodiscard]] bool is_publish() const { return awaits <= Awaits::kPubcomp; }
  [[nodiscard]] std::string_view row_name() const {
    return operation != nullptr ? operation->name : std::string_view(name);
  }
};

/// "PUBACK".
[[nodiscard]] std::string_view packet_name(InFlight::Awaits awaits);

/// How many messages may be in flight. There are 65,535 identifiers: some are left for
/// subscriptions.
[[nodiscard]] std::uint16_t window_size(std::uint16_t max_inflight, std::uint16_t receive_maximum);

/// The packets of a client that are not acknowledged, in the order in which they were sent.
class InFlightTable {
 public:
  using Entries = std::vector<InFlight>;

  /// An identifier that no entry has.
  [[nodiscard]] std::uint16_t next_id();
  InFlight& add(InFlight entry);
  /// Null: there is none.
  [[nodiscard]] InFlight* find(std::uint16_t id);
  [[nodiscard]] InFlight* find(const Operation& operation);
  /// Removes an entry and returns it.
  InFlight take(InFlight& entry);
  /// Its row was recorded or is counted as cut off. A message keeps its identifier and its place in
  /// the window until the broker acknowledges it. Returns what the entry was.
  InFlight abandon(InFlight& entry);
  /// The messages that the broker has not acknowledged.
  [[nodiscard]] std::size_t publishes() const { return static_cast<std::size_t>(publishes_); }
  /// Those of them that are not cut off.
  [[nodiscard]] std::size_t awaited_publishes() const {
    return static_cast<std::size_t>(publishes_ - abandoned_);
  }
  [[nodiscard]] Entries& entries() { return entries_; }

 private:
  Entries entries_;
  std::uint16_t last_id_ = 0;
  int publishes_ = 0;
  int abandoned_ = 0;
};

}  // namespace cppworker::mqtt
