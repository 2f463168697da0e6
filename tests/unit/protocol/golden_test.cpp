#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "protocol/decode.hpp"
#include "protocol/encode.hpp"

namespace cppworker::protocol {
namespace {

const Value& part(const Value& frame, std::size_t index) { return frame.as_list()->at(index); }

const Value& member(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  if (found == nullptr) {
    throw std::runtime_error("no member " + std::string(key));
  }
  return *found;
}

std::int64_t integer(const Value& value) {
  std::int64_t number = 0;
  EXPECT_TRUE(value.to_int64(number));
  return number;
}

double real(const Value& value) {
  double number = 0;
  EXPECT_TRUE(value.to_double(number));
  return number;
}

std::optional<double> optional_real(const Value& value) {
  return value.is_none() ? std::nullopt : std::optional(real(value));
}

stats::Counts histogram(const Value& value, std::int64_t unit = 1) {
  stats::Counts counts;
  for (const auto& [key, count] : *value.as_map()) {
    counts[integer(key) * unit] = integer(count);
  }
  return counts;
}

UserClassesCount users(const Value& value) {
  UserClassesCount counts;
  for (const auto& [name, count] : *value.as_map()) {
    counts[*name.as_string()] = integer(count);
  }
  return counts;
}

stats::EntryIncrement entry(const Value& data) {
  stats::EntryIncrement entry;
  entry.name = *member(data, "name").as_string();
  entry.method = *member(data, "method").as_string();
  entry.last_request_timestamp = optional_real(member(data, "last_request_timestamp"));
  entry.start_time = real(member(data, "start_time"));
  entry.num_requests = integer(member(data, "num_requests"));
  entry.num_none_requests = integer(member(data, "num_none_requests"));
  entry.num_failures = integer(member(data, "num_failures"));
  entry.total_response_time = real(member(data, "total_response_time"));
  entry.max_response_time = real(member(data, "max_response_time"));
  entry.min_response_time = optional_real(member(data, "min_response_time"));
  entry.total_content_length = integer(member(data, "total_content_length"));
  entry.response_times = histogram(member(data, "response_times"), 1000);
  entry.num_reqs_per_sec = histogram(member(data, "num_reqs_per_sec"));
  entry.num_fail_per_sec = histogram(member(data, "num_fail_per_sec"));
  return entry;
}

StatsReport report(const Value& data) {
  StatsReport report;
  for (const Value& row : *member(data, "stats").as_list()) {
    stats::EntryIncrement one = entry(row);
    report.increment.entries.emplace(std::pair(one.name, one.method), one);
  }
  report.increment.total = entry(member(data, "stats_total"));
  for (const auto& [key, error] : *member(data, "errors").as_map()) {
    report.increment.errors.emplace(
        *key.as_string(),
        stats::ErrorIncrement{
            *member(error, "name").as_string(), *member(error, "method").as_string(),
            *member(error, "error").as_string(), integer(member(error, "occurrences")),
            real(member(error, "first_seen")), real(member(error, "last_seen"))});
  }
  report.user_classes_count = users(member(data, "user_classes_count"));
  report.user_count = integer(member(data, "user_count"));
  return report;
}

/// The message of ours that carries the data of a recorded one.
WorkerMessage message_with(const std::string& type, const Value& data) {
  if (type == "client_ready") {
    return ClientReady{};
  }
  if (type == "heartbeat") {
    const std::string state = *member(data, "state").as_string();
    return Heartbeat{state == "ready"      ? WorkerState::kReady
                     : state == "spawning" ? WorkerState::kSpawning
                                           : WorkerState::kRunning,
                     real(member(data, "current_cpu_usage")),
                     integer(member(data, "current_memory_usage"))};
  }
  if (type == "spawning") {
    return Spawning{};
  }
  if (type == "spawning_complete") {
    return SpawningComplete{users(member(data, "user_classes_count")),
                            integer(member(data, "user_count"))};
  }
  if (type == "stats") {
    return report(data);
  }
  if (type == "exception") {
    return Exception{*member(data, "msg").as_string(), *member(data, "traceback").as_string()};
  }
  if (type == "logs") {
    Logs logs{*member(data, "worker_id").as_string(), {}};
    for (const Value& line : *member(data, "logs").as_list()) {
      logs.lines.push_back(*line.as_string());
    }
    return logs;
  }
  if (type == "client_stopped") {
    return ClientStopped{};
  }
  if (type == "quit") {
    return Quit{};
  }
  return Custom{type, data};
}

/// Response times as floats: a Python locustfile may give integers, we always have floats.
Value with_float_times(const Value& value) {
  if (const Value::List* list = value.as_list()) {
    Value::List result;
    for (const Value& item : *list) {
      result.push_back(with_float_times(item));
    }
    return result;
  }
  const Value::Map* map = value.as_map();
  if (map == nullptr) {
    return value;
  }
  Value::Map result;
  for (const auto& [key, item] : *map) {
    const bool is_time = key == Value("total_response_time") || key == Value("max_response_time") ||
                         key == Value("min_response_time");
    result.emplace_back(key,
                        is_time && !item.is_none() ? Value(real(item)) : with_float_times(item));
  }
  return result;
}

TEST(Golden, ThereAreMessagesOfBothSides) { ASSERT_GE(golden_messages().size(), 20U); }

TEST(Golden, PackingIsByteForByteThatOfPython) {
  for (const auto& [name, golden] : golden_messages()) {
    EXPECT_EQ(pack(unpack(golden.bytes)), golden.bytes) << name;
  }
}

TEST(Golden, EncodesTheMessagesOfAPythonWorker) {
  int checked = 0;
  for (const auto& [name, golden] : golden_messages()) {
    if (golden.direction != "worker_to_master") {
      continue;
    }
    SCOPED_TRACE(name);
    const Value python = unpack(golden.bytes);
    const std::string ours =
        encode(message_with(golden.type, part(python, 1)), *part(python, 2).as_string());
    Value expected = python;
    if (golden.type == "client_ready") {  // where theirs gives its version
      expected = Value::List{part(python, 0), -1, part(python, 2)};
    }
    Value actual = unpack(ours);
    if (name == "stats_errors") {
      expected = with_float_times(expected);
      actual = with_float_times(actual);
    } else if (sorted(expected) == expected) {
      EXPECT_EQ(ours, pack(expected)) << "not the same bytes";
    }
    EXPECT_EQ(pack(sorted(actual)), pack(sorted(expected)));
    ++checked;
  }
  EXPECT_GE(checked, 12);
}

/// The order of the fields, not only of what is in them.
TEST(Golden, KeepsTheOrderOfFieldsOfAPythonWorker) {
  const Value python = unpack(golden_messages().at("stats_requests").bytes);
  const Value ours = unpack(encode(report(part(python, 1)), "w"));
  const auto keys = [](const Value& map) {
    std::vector<std::string> names;
    for (const auto& [key, value] : *map.as_map()) {
      names.push_back(*key.as_string());
    }
    return names;
  };
  EXPECT_EQ(keys(part(ours, 1)), keys(part(python, 1)));
  EXPECT_EQ(keys(member(part(ours, 1), "stats_total")),
            keys(member(part(python, 1), "stats_total")));
  const Value errors = unpack(golden_messages().at("stats_errors").bytes);
  const Value our_errors = unpack(encode(report(part(errors, 1)), "w"));
  EXPECT_EQ(keys(member(part(our_errors, 1), "errors").as_map()->at(0).second),
            keys(member(part(errors, 1), "errors").as_map()->at(0).second));
}

/// Where Python's order happens to be ours, the bytes are the same.
TEST(Golden, EncodesAReportByteForByte) {
  for (const std::string name : {"stats_idle", "stats_none_response_time"}) {
    const std::string bytes = golden_messages().at(name).bytes;
    const Value python = unpack(bytes);
    StatsReport message = report(part(python, 1));
    const std::string ours = encode(message, *part(python, 2).as_string());
    EXPECT_EQ(ours.size(), bytes.size()) << name;
    const std::string classes_from = "\xB2user_classes_count";
    EXPECT_EQ(ours.substr(0, ours.find(classes_from)), bytes.substr(0, bytes.find(classes_from)))
        << name;
  }
}

TEST(Golden, DecodesTheMessagesOfAPythonMaster) {
  int checked = 0;
  for (const auto& [name, golden] : golden_messages()) {
    if (golden.direction == "master_to_worker") {
      const Result<MasterMessage> message = decode(golden.bytes);
      ASSERT_TRUE(message) << name << ": " << message.error();
      EXPECT_EQ(wire_type(message.value()), golden.type) << name;
      EXPECT_EQ(std::holds_alternative<Custom>(message.value()), name == "custom_from_master")
          << name;
      ++checked;
    }
  }
  EXPECT_GE(checked, 8);
}

TEST(Golden, ReadsASpawnWithAllItsOptions) {
  const auto message = decode(golden_messages().at("spawn").bytes);
  const auto& spawn = std::get<Spawn>(message.value());
  EXPECT_GT(spawn.timestamp, 1.7e9);
  EXPECT_NE(spawn.timestamp, static_cast<double>(static_cast<std::int64_t>(spawn.timestamp)))
      << "several spawns come within one second";
  EXPECT_EQ(spawn.user_classes_count, (UserClassesCount{{"SuccessUser", 3}}));
  EXPECT_EQ(spawn.host, "http://shop.example");
  EXPECT_EQ(spawn.stop_timeout, 1.0);
  EXPECT_EQ(member(spawn.parsed_options, "loglevel"), Value("INFO"));
  EXPECT_TRUE(member(spawn.parsed_options, "tags").is_none());
}

TEST(Golden, ReadsWhatElseAMasterSends) {
  const auto read = [](const char* name) { return decode(golden_messages().at(name).bytes); };
  EXPECT_EQ(std::get<Ack>(read("ack").value()).index, 0);
  EXPECT_EQ(std::get<ClusterSpawningComplete>(read("spawning_complete_from_master").value()),
            ClusterSpawningComplete{3});
  const auto custom = read("custom_from_master");
  EXPECT_EQ(std::get<Custom>(custom.value()).type, "greeting");
  EXPECT_EQ(std::get<Custom>(custom.value()).data,
            Value(Value::Map{{"text", "hello"}, {"numbers", Value::List{1, 2.5, nullptr, true}}}));
  const auto update = read("update_user_class");
  EXPECT_EQ(member(std::get<UpdateUserClass>(update.value()).data, "weight"), Value(3));
}

}  // namespace
}  // namespace cppworker::protocol
