#include "runfile/phases_block.hpp"

#include <cmath>
#include <cstddef>

#include <cppworker/exception.hpp>

#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"

namespace cppworker::runfile {
namespace {

using stats::EntryPhases;
using stats::PhaseIncrement;

/// A block has at most a million values; an entry has less than 65,000 of them.
constexpr std::size_t kFullBlock = 200'000;

constexpr std::int64_t kMostCounted = 1'000'000'000'000;

std::int64_t whole(const Value& map, const char* key, std::int64_t least) {
  const auto number = map[key].get<std::int64_t>();
  if (number < least || number > kMostCounted) throw Error(std::string(key) + " is out of range");
  return number;
}

double milliseconds(const Value& map, const char* key) {
  constexpr double kMostMs = 1e15;
  const auto ms = map[key].get<double>();
  if (!(ms >= 0 && ms <= kMostMs)) throw Error(std::string(key) + " is out of range");
  return ms;
}

Value phase_value(const PhaseIncrement& phase) {
  Value::List times;
  std::int64_t before = 0;
  for (const auto& [time, count] : phase.times) {
    times.emplace_back(time - before);
    times.emplace_back(count);
    before = time;
  }
  return Value::Map{{"n", phase.count},
                    {"sum", phase.total_ms},
                    {"min", phase.min_ms},
                    {"max", phase.max_ms},
                    {"times", std::move(times)}};
}

PhaseIncrement phase_of(const Value& map) {
  PhaseIncrement phase{.count = whole(map, "n", 1),
                       .total_ms = milliseconds(map, "sum"),
                       .min_ms = milliseconds(map, "min"),
                       .max_ms = milliseconds(map, "max"),
                       .times = {}};
  const Value& times = map["times"];
  if (times.size() % 2 != 0) throw Error("times lacks a count");
  std::int64_t time = 0;
  std::int64_t sum = 0;
  for (const Value* item = times.begin(); item != times.end(); item += 2) {
    const auto step = item[0].get<std::int64_t>();
    const auto count = item[1].get<std::int64_t>();
    const bool ascends = phase.times.empty() ? step >= 0 : step > 0;
    if (!ascends || __builtin_add_overflow(time, step, &time)) throw Error("times does not ascend");
    if (count < 1 || count > kMostCounted) throw Error("times is out of range");
    phase.times[time] = count;
    sum += count;
  }
  if (sum != phase.count) throw Error("times has not n requests");
  return phase;
}

std::size_t values_of(const EntryPhases& entry) {
  constexpr std::size_t kOthers = 64;
  std::size_t values = kOthers;
  for (const PhaseIncrement& phase : entry.phases) values += 2 * phase.times.size();
  return values;
}

}  // namespace

std::vector<std::string> phases_contents(
    const Phases& phases, const std::function<std::int64_t(const EntryKey&)>& number_of) {
  std::vector<std::string> contents;
  Value::List entries;
  std::size_t values = 0;
  const auto end_block = [&] {
    protocol::Packer packer;
    protocol::pack_value(packer, Value::Map{{"type", "phases"},
                                            {"begin", phases.begin},
                                            {"span", phases.span},
                                            {"entries", std::exchange(entries, {})}});
    contents.push_back(std::move(packer).take());
    values = 0;
  };
  for (const auto& [key, entry] : phases.entries) {
    Value::Map map = {
        {"id", number_of(key)}, {"n", entry.requests}, {"new", entry.new_connections}};
    for (std::size_t i = 0; i < stats::kPhases; ++i) {
      const PhaseIncrement& phase = entry.phases[i];
      if (phase.count > 0) map.emplace_back(stats::kPhaseNames[i], phase_value(phase));
    }
    entries.emplace_back(std::move(map));
    values += values_of(entry);
    if (values >= kFullBlock) end_block();
  }
  if (!entries.empty()) end_block();
  return contents;
}

Phases phases_of(const Value& block, const std::function<EntryKey(std::int64_t)>& name_of) {
  Phases phases{.begin = whole(block, "begin", 0), .span = whole(block, "span", 1), .entries = {}};
  for (const Value& item : block["entries"]) {
    EntryPhases entry{
        .requests = whole(item, "n", 0), .new_connections = whole(item, "new", 0), .phases = {}};
    for (std::size_t i = 0; i < stats::kPhases; ++i) {
      const Value* const phase = item.find(stats::kPhaseNames[i]);
      if (phase != nullptr) entry.phases[i] = phase_of(*phase);
    }
    if (!phases.entries.emplace(name_of(whole(item, "id", 0)), std::move(entry)).second) {
      throw Error("an entry occurs twice");
    }
  }
  return phases;
}

}  // namespace cppworker::runfile
