#include "runfile/codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <stdexcept>
#include <utility>
#include <vector>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"
#include "runfile/block.hpp"
#include "runfile/msgpack_reader.hpp"
#include "runfile/phases_block.hpp"
#include "runfile/sample_block.hpp"
#include "stats/error_key.hpp"

namespace cppworker::runfile {
namespace {

using protocol::Packer;
using stats::Counts;
using stats::EntryIncrement;
using stats::StatsIncrement;

constexpr std::array<std::string_view, 6> kKinds = {"log",       "clear", "reset",
                                                    "clock_set", "end",   "command"};

/// With more entries, the seconds are written as several blocks: a block can have a million values.
constexpr std::size_t kMaxEntriesOfBlock = 500;

// --- encoding ---

/// A map whose members are known only while it is written.
class MapPacker {
 public:
  void text(std::string_view key, std::string_view value) { add(key).text(value); }
  void integer(std::string_view key, std::int64_t value) { add(key).integer(value); }
  void real(std::string_view key, double value) { add(key).real(value); }
  void value(std::string_view key, const Value& value) { protocol::pack_value(add(key), value); }
  void counts(std::string_view key, const Counts& counts, std::int64_t before) {
    Packer& packer = add(key);
    packer.array(counts.size() * 2);
    for (const auto& [number, count] : counts) {
      packer.integer(number - before);
      packer.integer(count);
      before = number;
    }
  }
  /// Begins a member whose value the caller packs.
  Packer& add(std::string_view key) {
    ++size_;
    members_.text(key);
    return members_;
  }
  [[nodiscard]] std::string take() && {
    Packer head;
    head.map(size_);
    return std::move(head).take() + std::move(members_).take();
  }

 private:
  Packer members_;
  std::size_t size_ = 0;
};

/// Counts per second that say no more than the number of events in the block's first second.
bool is_obvious(const Counts& per_second, std::int64_t begin, std::int64_t count) {
  return per_second == (count == 0 ? Counts{} : Counts{{begin, count}});
}

/// Members that are 0 or absent are left out.
std::string pack_entry(std::optional<std::int64_t> id, const EntryIncrement& entry,
                       std::int64_t begin) {
  MapPacker map;
  if (id) map.integer("id", *id);
  const auto integer = [&](std::string_view key, std::int64_t value) {
    if (value != 0) map.integer(key, value);
  };
  const auto real = [&](std::string_view key, double value) {
    if (value != 0) map.real(key, value);
  };
  integer("n", entry.num_requests);
  integer("none", entry.num_none_requests);
  integer("fail", entry.num_failures);
  integer("bytes", entry.total_content_length);
  real("sum", entry.total_response_time);
  real("max", entry.max_response_time);
  if (entry.min_response_time) map.real("min", *entry.min_response_time);
  real("first", entry.start_time);
  if (entry.last_request_timestamp) map.real("last", *entry.last_request_timestamp);
  if (!entry.response_times.empty()) map.counts("times", entry.response_times, 0);
  if (!entry.failed_response_times.empty()) {
    map.counts("fail_times", entry.failed_response_times, 0);
  }
  if (!is_obvious(entry.num_reqs_per_sec, begin, entry.num_requests)) {
    map.counts("per_s", entry.num_reqs_per_sec, begin);
  }
  if (!is_obvious(entry.num_fail_per_sec, begin, entry.num_failures)) {
    map.counts("fail_s", entry.num_fail_per_sec, begin);
  }
  return std::move(map).take();
}

void pack_list(MapPacker& map, std::string_view key, const std::vector<std::string>& items) {
  Packer& list = map.add(key);
  list.array(items.size());
  for (const std::string& item : items) list.raw(item);
}

std::string pack_thread(const ThreadLateness& thread, std::int64_t begin) {
  MapPacker map;
  if (!thread.wakeups.empty()) map.counts("wakeups", thread.wakeups, begin);
  if (!thread.late.empty()) map.counts("late", thread.late, begin);
  if (!thread.late_times.empty()) map.counts("times", thread.late_times, 0);
  if (thread.max_ms != 0) map.real("max", thread.max_ms);
  return std::move(map).take();
}

void pack_state(MapPacker& map, const State& state, std::int64_t begin) {
  Packer& users = map.add("users");
  users.map(state.users.size());
  for (const auto& [name, count] : state.users) {
    users.text(name);
    users.integer(count);
  }
  map.real("cpu", state.cpu_percent);
  map.integer("memory", state.memory_bytes);
  map.real("lag_p99", state.lag_p99_ms);
  map.real("lag_max", state.lag_max_ms);
  std::vector<std::string> threads;
  for (const ThreadLateness& thread : state.threads) threads.push_back(pack_thread(thread, begin));
  pack_list(map, "threads", threads);
}

template <class... Texts>
std::string pack_names(std::int64_t id, const Texts&... texts) {
  Packer packer;
  packer.array(1 + sizeof...(texts));
  packer.integer(id);
  (packer.text(texts), ...);
  return std::move(packer).take();
}

// --- decoding ---

std::int64_t checked(std::int64_t value, std::int64_t low, std::int64_t high, const char* what) {
  if (value < low || value > high) throw Error(std::string(what) + " is out of range");
  return value;
}

constexpr std::int64_t kMaxCount = 1'000'000'000'000;
constexpr std::int64_t kMaxTime = 100'000'000'000;  // Unix seconds: the year 5138
constexpr std::int64_t kMaxSpan = 366 * 86'400;

std::int64_t int64_of(const Value& block, const char* key) {
  return block.get(key, std::int64_t{0});
}

/// At most 30,000 years in milliseconds, so that it can be converted to an integer.
double limited(double value, const char* what) {
  constexpr double kMaxReal = 1e15;
  if (std::isnan(value)) throw Error(std::string(what) + " is not a number");
  return std::clamp(value, -kMaxReal, kMaxReal);
}

double real_of(const Value& block, const char* key) { return limited(block.get(key, 0.0), key); }

double time_of(double time, const char* key) {
  if (!(time >= 0 && time <= static_cast<double>(kMaxTime))) {
    throw Error(std::string(key) + " is not a time");
  }
  return time;
}

Counts read_counts(MsgpackReader& in, const char* what, std::int64_t before) {
  const std::size_t size = in.array();
  if (size % 2 != 0) throw Error(std::string(what) + " lacks a count");
  Counts counts;
  counts.reserve(size / 2);
  for (std::size_t i = 0; i < size; i += 2) {
    const std::int64_t step = in.integer();
    std::int64_t number = 0;
    if ((i > 0 && step <= 0) || __builtin_add_overflow(before, step, &number)) {
      throw Error(std::string(what) + " does not ascend");
    }
    counts[number] = checked(in.integer(), 1, kMaxCount, what);
    before = number;
  }
  return counts;
}

/// An entry with its number; -1: none.
struct NumberedEntry {
  std::int64_t id = -1;
  EntryIncrement entry;
};

NumberedEntry read_entry(MsgpackReader& in, std::int64_t begin, bool keeps_per_second) {
  NumberedEntry result;
  EntryIncrement& entry = result.entry;
  bool has_per_s = false;
  bool has_fail_s = false;
  const auto count = [&in](const char* what) { return checked(in.integer(), 0, kMaxCount, what); };
  for (std::size_t members = in.map(); members > 0; --members) {
    const std::string_view key = in.text();
    if (key == "n") {
      entry.num_requests = count("n");
    } else if (key == "id") {
      result.id = count("id");
    } else if (key == "none") {
      entry.num_none_requests = count("none");
    } else if (key == "fail") {
      entry.num_failures = count("fail");
    } else if (key == "bytes") {
      entry.total_content_length = in.integer();
    } else if (key == "sum") {
      entry.total_response_time = limited(in.real(), "sum");
    } else if (key == "max") {
      entry.max_response_time = limited(in.real(), "max");
    } else if (key == "min") {
      entry.min_response_time = limited(in.real(), "min");
    } else if (key == "first") {
      entry.start_time = time_of(in.real(), "first");
    } else if (key == "last") {
      entry.last_request_timestamp = time_of(in.real(), "last");
    } else if (key == "times") {
      entry.response_times = read_counts(in, "times", 0);
    } else if (key == "fail_times") {
      entry.failed_response_times = read_counts(in, "fail_times", 0);
    } else if (key == "per_s" && keeps_per_second) {
      entry.num_reqs_per_sec = read_counts(in, "per_s", begin);
      has_per_s = true;
    } else if (key == "fail_s" && keeps_per_second) {
      entry.num_fail_per_sec = read_counts(in, "fail_s", begin);
      has_fail_s = true;
    } else {
      (void)in.raw();  // not needed, or of a later version
    }
  }
  (void)checked(entry.num_none_requests, 0, entry.num_requests, "none");
  if (!keeps_per_second) return result;
  const auto all_in_begin = [begin](std::int64_t number) {
    return number == 0 ? Counts{} : Counts{{begin, number}};
  };
  if (!has_per_s) entry.num_reqs_per_sec = all_in_begin(entry.num_requests);
  if (!has_fail_s) entry.num_fail_per_sec = all_in_begin(entry.num_failures);
  return result;
}

Counts counts_of(const Value& block, const char* key, std::int64_t before) {
  Counts counts;
  const Value* const list = block.find(key);
  if (list == nullptr) return counts;
  const Value* item = list->begin();
  if (list->size() % 2 != 0) throw Error(std::string(key) + " lacks a count");
  counts.reserve(list->size() / 2);
  for (; item != list->end(); item += 2) {
    const auto step = item[0].get<std::int64_t>();
    const bool is_first = counts.empty();
    std::int64_t number = 0;
    if ((!is_first && step <= 0) || __builtin_add_overflow(before, step, &number)) {
      throw Error(std::string(key) + " does not ascend");
    }
    counts[number] = checked(item[1].get<std::int64_t>(), 1, kMaxCount, key);
    before = number;
  }
  return counts;
}

ThreadLateness thread_of(const Value& item, std::int64_t begin) {
  const auto per_second = [&item, begin](const char* key) {
    Counts counts = counts_of(item, key, begin);
    for (const auto& [second, count] : counts) (void)checked(second, 0, kMaxTime, key);
    return counts;
  };
  return {.wakeups = per_second("wakeups"),
          .late = per_second("late"),
          .late_times = counts_of(item, "times", 0),
          .max_ms = real_of(item, "max")};
}

State state_of(const Value& block, std::int64_t begin) {
  State state;
  for (const auto& [name, count] : block["users"].items()) {
    state.users[name] = checked(count.get<std::int64_t>(), 0, kMaxCount, "users");
  }
  state.cpu_percent = real_of(block, "cpu");
  state.memory_bytes = int64_of(block, "memory");
  state.lag_p99_ms = real_of(block, "lag_p99");
  state.lag_max_ms = real_of(block, "lag_max");
  if (const Value* threads = block.find("threads")) {
    for (const Value& item : *threads) state.threads.push_back(thread_of(item, begin));
  }
  return state;
}

Header header_of(const Value& block) {
  Header header;
  header.start_time = time_of(real_of(block, "start_time"), "start_time");
  header.max_entries = checked(int64_of(block, "max_entries"), 1, kMaxCount, "max_entries");
  header.facts = block["facts"].get<Value::Map>();
  return header;
}

std::optional<Event> event_of(const Value& block) {
  const std::string kind = block.get("kind", "");
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] != kind) continue;
    return Event{.kind = static_cast<Event::Kind>(i),
                 .time = time_of(real_of(block, "time"), "time"),
                 .text = block.get("text", ""),
                 .data = block.get("data", Value())};
  }
  return std::nullopt;
}

Value unpacked(std::string_view content) {
  protocol::Result<Value> value = protocol::unpack_value(content);
  if (!value) throw Error(value.error());
  return std::move(value).value();
}

}  // namespace

/// The members of a block's map, not decoded yet.
class Decoder::Members {
 public:
  explicit Members(std::string_view content) {
    MsgpackReader in(content);
    for (std::size_t i = in.map(); i > 0; --i) {
      const std::string_view key = in.text();
      members_.emplace_back(key, in.raw());
    }
    if (!in.at_end()) throw Error("there are bytes after the content");
  }
  [[nodiscard]] bool is_type(std::string_view type) const {
    std::optional<MsgpackReader> found = find("type");
    return found && found->text() == type;
  }
  [[nodiscard]] std::optional<MsgpackReader> find(std::string_view key) const {
    const auto found = std::ranges::find(members_, key, &Member::first);
    return found == members_.end() ? std::nullopt : std::optional(MsgpackReader(found->second));
  }
  /// A map with the others.
  [[nodiscard]] std::string without(std::initializer_list<std::string_view> keys) const {
    MapPacker map;
    for (const auto& [key, value] : members_) {
      if (std::ranges::find(keys, key) == keys.end()) map.add(key).raw(value);
    }
    return std::move(map).take();
  }

 private:
  using Member = std::pair<std::string_view, std::string_view>;
  std::vector<Member> members_;
};

std::string Encoder::header(const Header& header) {
  MapPacker map;
  map.text("type", "header");
  map.real("start_time", header.start_time);
  map.integer("max_entries", header.max_entries);
  map.value("facts", header.facts);
  return make_block(std::move(map).take());
}

std::string Encoder::event(const Event& event) {
  MapPacker map;
  map.text("type", "event");
  map.text("kind", kKinds.at(static_cast<std::size_t>(event.kind)));
  map.real("time", event.time);
  map.text("text", event.text);
  map.value("data", event.data);
  return make_block(std::move(map).take());
}

std::string Encoder::sample(const failures::Sample& sample) {
  return make_block(sample_content(sample));
}

std::string Encoder::new_names(const StatsIncrement& increment) {
  std::vector<std::string> entries;
  for (const auto& [key, entry] : increment.entries) {
    const auto id = static_cast<std::int64_t>(entries_.size());
    if (!entries_.emplace(key, id).second) continue;
    entries.push_back(pack_names(id, entry.method, entry.name));
  }
  std::vector<std::string> errors;
  for (const auto& [key, error] : increment.errors) {
    const auto id = static_cast<std::int64_t>(errors_.size());
    if (!errors_.emplace(key, id).second) continue;
    errors.push_back(pack_names(id, error.method, error.name, error.error));
  }
  if (entries.empty() && errors.empty()) return {};
  MapPacker map;
  map.text("type", "names");
  pack_list(map, "entries", entries);
  pack_list(map, "errors", errors);
  return make_block(std::move(map).take());
}

std::string Encoder::new_names(const stats::Phases& phases) {
  StatsIncrement increment;
  for (const auto& [key, entry] : phases) {
    EntryIncrement& names = increment.entries[key];
    names.name = key.first;
    names.method = key.second;
  }
  return new_names(increment);
}

std::string Encoder::seconds(const Seconds& seconds) const {
  const StatsIncrement& increment = seconds.increment;
  std::vector<std::string> entries;
  std::string blocks;
  bool is_first = true;
  const auto end_block = [&] {
    MapPacker map;
    map.text("type", "seconds");
    map.integer("begin", seconds.begin);
    map.integer("span", seconds.span);
    if (is_first) {
      if (seconds.state) pack_state(map, *seconds.state, seconds.begin);
      map.add("total").raw(pack_entry(std::nullopt, increment.total, seconds.begin));
      std::vector<std::string> errors;
      for (const auto& [key, error] : increment.errors) {
        Packer packer;
        packer.array(4);
        packer.integer(errors_.at(key));
        packer.integer(error.occurrences);
        packer.real(error.first_seen);
        packer.real(error.last_seen);
        errors.push_back(std::move(packer).take());
      }
      pack_list(map, "errors", errors);
    }
    pack_list(map, "entries", std::exchange(entries, {}));
    blocks += make_block(std::move(map).take());
    is_first = false;
  };
  for (const auto& [key, entry] : increment.entries) {
    entries.push_back(pack_entry(entries_.at(key), entry, seconds.begin));
    if (entries.size() == kMaxEntriesOfBlock) end_block();
  }
  if (is_first || !entries.empty()) end_block();
  return blocks;
}

std::string Encoder::phases(const Phases& phases) const {
  std::string blocks;
  for (const std::string& content :
       phases_contents(phases, [this](const EntryKey& key) { return entries_.at(key); })) {
    blocks += make_block(content);
  }
  return blocks;
}

std::optional<Record> Decoder::decode(std::string_view content) {
  try {
    const Members members(content);
    if (members.is_type("seconds")) return seconds(members);
    const Value block = unpacked(content);
    const std::string type = block.get("type", "");
    if (type == "event") {
      std::optional<Event> event = event_of(block);
      return event ? std::optional<Record>(std::move(*event)) : std::nullopt;
    }
    if (type == "header") return header_of(block);
    if (type == "sample") return sample_of(block);
    if (type == "phases") {
      return phases_of(block, [this](std::int64_t id) { return entry_key(id); });
    }
    if (type == "names") learn_names(block);
    return std::nullopt;
  } catch (const std::logic_error& error) {  // KeyError, TypeError, IndexError
    throw Error(error.what());
  }
}

void Decoder::learn_names(const Value& block) {
  for (const Value& item : block["entries"]) {
    entries_[item[0].get<std::int64_t>()] = {item[2].get<std::string>(),
                                             item[1].get<std::string>()};
  }
  for (const Value& item : block["errors"]) {
    Failure failure;
    failure.names.method = item[1].get<std::string>();
    failure.names.name = item[2].get<std::string>();
    failure.names.error = item[3].get<std::string>();
    failure.key = stats::error_key(failure.names.method, failure.names.name, failure.names.error);
    errors_[item[0].get<std::int64_t>()] = std::move(failure);
  }
}

Seconds Decoder::seconds(const Members& members) const {
  // Only the lists are long.
  const Value block = unpacked(members.without({"total", "entries", "errors"}));
  Seconds seconds;
  seconds.begin = checked(int64_of(block, "begin"), 0, kMaxTime, "begin");
  seconds.span = checked(block.get("span", std::int64_t{1}), 1, kMaxSpan, "span");
  StatsIncrement& increment = seconds.increment;
  if (std::optional<MsgpackReader> total = members.find("total")) {
    increment.total = read_entry(*total, seconds.begin, keeps_per_second_).entry;
    increment.total.name = stats::empty_total().name;
  }
  if (block.contains("users")) seconds.state = state_of(block, seconds.begin);
  std::optional<MsgpackReader> entries = members.find("entries");
  if (!entries) throw Error("there is no member entries");
  for (std::size_t i = entries->array(); i > 0; --i) {
    add_entry(*entries, seconds.begin, increment);
  }
  if (std::optional<MsgpackReader> errors = members.find("errors")) {
    for (std::size_t i = errors->array(); i > 0; --i) add_error(*errors, increment);
  }
  return seconds;
}

std::pair<std::string, std::string> Decoder::entry_key(std::int64_t id) const {
  const auto found = entries_.find(id);
  if (found != entries_.end()) return found->second;
  return {"(lost name " + std::to_string(id) + ")", ""};  // the block with the name is damaged
}

void Decoder::add_entry(MsgpackReader& in, std::int64_t begin, StatsIncrement& increment) const {
  auto [id, entry] = read_entry(in, begin, keeps_per_second_);
  if (id < 0) throw Error("an entry has no number");
  const std::pair<std::string, std::string> key = entry_key(id);
  entry.name = key.first;
  entry.method = key.second;
  const std::size_t before = increment.entries.size();
  increment.entries.emplace_hint(increment.entries.end(), key, std::move(entry));
  if (increment.entries.size() == before) throw Error("an entry occurs twice");
}

void Decoder::add_error(MsgpackReader& in, StatsIncrement& increment) const {
  const std::size_t size = in.array();
  if (size < 4) throw Error("a failure is incomplete");
  const std::int64_t id = in.integer();
  const auto found = errors_.find(id);
  Failure lost;
  lost.key = "lost " + std::to_string(id);
  lost.names.error = "(lost text " + std::to_string(id) + ")";
  const auto& [key, names] = found == errors_.end() ? lost : found->second;
  stats::ErrorIncrement error = names;
  error.occurrences = checked(in.integer(), 0, kMaxCount, "occurrences");
  error.first_seen = time_of(in.real(), "first_seen");
  error.last_seen = time_of(in.real(), "last_seen");
  for (std::size_t i = 4; i < size; ++i) (void)in.raw();  // of a later version
  if (!increment.errors.emplace(key, std::move(error)).second)
    throw Error("a failure occurs twice");
}

}  // namespace cppworker::runfile
