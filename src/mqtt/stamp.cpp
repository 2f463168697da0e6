#include "mqtt/stamp.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>

namespace cppworker::mqtt {

namespace {

// kOwn: magic (2 bytes), machine (2), publisher (4), counter (4), monotonic time (6) and system
// time (6) in µs. kEmqttBench: counter (8), system time in ms (8). All numbers are big-endian.
constexpr std::uint64_t kMagic = 0xC957;
constexpr std::size_t kOwnSize = 24;
constexpr std::size_t kEmqttBenchSize = 16;
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << 48U) - 1;

/// FNV-1a.
std::uint32_t stamp_hash(std::string_view text) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  }
  return hash;
}

std::uint32_t stamp_hash(const StampTopic& topic) { return stamp_hash(topic.topic) + topic.qos; }

void put_number(char*& to, std::uint64_t number, unsigned bytes) {
  for (unsigned shift = bytes * 8; shift != 0;) {
    shift -= 8;
    *to++ = static_cast<char>(number >> shift);
  }
}

std::uint64_t take_number(std::string_view& from, std::size_t bytes) {
  std::uint64_t number = 0;
  for (const char byte : from.substr(0, bytes)) {
    number = number << 8U | static_cast<unsigned char>(byte);
  }
  from.remove_prefix(bytes);
  return number;
}

std::uint64_t microseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000;
}

std::uint16_t this_machine() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return static_cast<std::uint16_t>(stamp_hash(id));
}

/// The time since then, of a clock of 48 bits.
Milliseconds elapsed(std::uint64_t now, std::uint64_t then) {
  auto difference = static_cast<std::int64_t>((now - then) & kTimeMask);
  if (difference > static_cast<std::int64_t>(kTimeMask / 2)) {
    difference = 0;  // the other machine's clock is ahead
  }
  return Milliseconds{static_cast<double>(difference) / 1e3};
}

}  // namespace

StampClock StampClock::now() {
  static const std::uint16_t machine = this_machine();
  return {.machine = machine,
          .monotonic_us = microseconds(CLOCK_MONOTONIC),
          .unix_us = microseconds(CLOCK_REALTIME)};
}

StampBytes::StampBytes(MqttStamp kind) {
  switch (kind) {
    case MqttStamp::kNone:
      break;
    case MqttStamp::kOwn:
      size_ = kOwnSize;
      break;
    case MqttStamp::kEmqttBench:
      size_ = kEmqttBenchSize;
      break;
  }
}

StampBytes Stamper::make(MqttStamp kind, const StampTopic& topic, const StampClock& clock) {
  StampBytes stamp(kind);
  if (kind == MqttStamp::kNone) {
    return stamp;
  }
  const std::uint32_t of_topic = stamp_hash(topic);
  const std::uint64_t counter = next_[of_topic]++;
  char* to = stamp.bytes_.data();
  if (kind == MqttStamp::kEmqttBench) {
    put_number(to, counter, 8);
    put_number(to, clock.unix_us / 1'000, 8);
    return stamp;
  }
  put_number(to, kMagic, 2);
  put_number(to, clock.machine, 2);
  put_number(to, publisher_ ^ of_topic, 4);
  put_number(to, counter, 4);
  put_number(to, clock.monotonic_us, 6);
  put_number(to, clock.unix_us, 6);
  return stamp;
}

std::optional<Stamp> read_stamp(MqttStamp kind, const StampTopic& topic, std::string_view payload,
                                const StampClock& clock) {
  if (kind == MqttStamp::kEmqttBench) {
    if (payload.size() < kEmqttBenchSize) {
      return std::nullopt;
    }
    Stamp stamp{.publisher = stamp_hash(topic), .size = kEmqttBenchSize};
    stamp.counter = take_number(payload, 8);
    const std::uint64_t sent_ms = take_number(payload, 8);
    stamp.age = elapsed(clock.unix_us, sent_ms * 1'000);
    return stamp;
  }
  if (payload.size() < kOwnSize || take_number(payload, 2) != kMagic) {
    return std::nullopt;
  }
  Stamp stamp{.size = kOwnSize};
  const bool same_machine = take_number(payload, 2) == clock.machine;
  stamp.publisher = take_number(payload, 4);
  stamp.counter = take_number(payload, 4);
  const std::uint64_t monotonic_us = take_number(payload, 6);
  const std::uint64_t unix_us = take_number(payload, 6);
  stamp.age =
      same_machine ? elapsed(clock.monotonic_us, monotonic_us) : elapsed(clock.unix_us, unix_us);
  return stamp;
}

std::string SequenceCheck::take(std::uint64_t publisher, std::uint64_t counter) {
  const auto [found, is_first] = publishers_.try_emplace(publisher);
  Publisher& known = found->second;
  if (is_first || counter == known.next) {
    known.next = counter + 1;
    return "";
  }
  if (counter < known.next) {
    const auto missing = std::find(known.missing.begin(), known.missing.end(), counter);
    if (missing == known.missing.end()) {
      return "duplicate";
    }
    known.missing.erase(missing);
    return "out of order";
  }
  const std::uint64_t count = counter - known.next;
  const std::uint64_t kept = std::min<std::uint64_t>(count, kMissingMax);
  for (std::uint64_t lost = counter - kept; lost < counter; ++lost) {
    known.missing.push_back(lost);
  }
  if (known.missing.size() > kMissingMax) {
    known.missing.erase(known.missing.begin(),
                        known.missing.end() - static_cast<std::ptrdiff_t>(kMissingMax));
  }
  known.next = counter + 1;
  return std::to_string(count) + " missing";
}

}  // namespace cppworker::mqtt
