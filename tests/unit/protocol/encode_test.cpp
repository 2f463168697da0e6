#include "protocol/encode.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "frames.hpp"
#include "protocol/stats_codec.hpp"

namespace cppworker::protocol {
namespace {

Value data_of(const std::string& bytes) { return unpack(bytes)[1]; }

Value at(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  EXPECT_NE(found, nullptr) << key;
  return found != nullptr ? *found : Value();
}

TEST(Encode, SaysThatItIsNoPythonWorker) {
  // what Python's msgpack.dumps(("client_ready", -1, "n")) gives
  EXPECT_EQ(encode(ClientReady{}, "n"), from_hex("93ac636c69656e745f7265616479ffa16e"));
}

TEST(Encode, NamesEachState) {
  const auto state = [](WorkerState value) {
    return at(data_of(encode(Heartbeat{value, 12.5, 1 << 20}, "n")), "state");
  };
  EXPECT_EQ(state(WorkerState::kReady), Value("ready"));
  EXPECT_EQ(state(WorkerState::kSpawning), Value("spawning"));
  EXPECT_EQ(state(WorkerState::kRunning), Value("running"));
}

TEST(Encode, MakesEveryStringOfEveryMessageValidUtf8) {
  const std::string bad = "bad \xFE";
  StatsReport report;
  stats::EntryIncrement entry;
  entry.name = bad;
  entry.method = bad;
  report.increment.total = entry;
  report.increment.entries.emplace(std::pair(bad, bad), entry);
  report.increment.errors.emplace(bad, stats::ErrorIncrement{bad, bad, bad, 1, 1, 1});
  report.user_classes_count[bad] = 1;
  const std::vector<WorkerMessage> messages = {
      ClientReady{},
      Heartbeat{},
      Spawning{},
      SpawningComplete{{{bad, 1}}, 1},
      report,
      Exception{bad, bad},
      Logs{bad, {bad, bad}},
      ClientStopped{},
      Quit{},
      Custom{bad, Value::Map{{bad, Value::List{bad}}}},
  };
  ASSERT_EQ(messages.size(), std::variant_size_v<WorkerMessage>);
  for (const WorkerMessage& message : messages) {
    const std::string bytes = encode(message, bad);
    EXPECT_EQ(bytes.find('\xFE'), std::string::npos) << wire_type(message);
    EXPECT_NE(bytes.find("bad \xEF\xBF\xBD"), std::string::npos) << wire_type(message);
  }
}

TEST(Encode, LetsNoNonFiniteNumberOut) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  StatsReport report;
  stats::EntryIncrement& total = report.increment.total;
  total.start_time = kNan;
  total.last_request_timestamp = kInf;
  total.num_requests = 1;
  total.total_response_time = kInf;
  total.max_response_time = -kInf;
  total.min_response_time = kNan;
  report.increment.errors["key"] = {"/", "GET", "oops", 1, kNan, kInf};
  const Value data = data_of(encode(report, "n"));
  const Value sent = at(data, "stats_total");
  EXPECT_EQ(at(sent, "start_time"), Value(kUnknownStartTime));
  EXPECT_TRUE(at(sent, "last_request_timestamp").is_none());
  EXPECT_EQ(at(sent, "total_response_time"), Value(0.0));
  EXPECT_EQ(at(sent, "max_response_time"), Value(0.0));
  EXPECT_TRUE(at(sent, "min_response_time").is_none());
  EXPECT_EQ(at(at(at(data, "errors"), "key"), "first_seen"), Value(0.0));
  EXPECT_EQ(at(data_of(encode(Heartbeat{WorkerState::kReady, kNan, 1}, "n")), "current_cpu_usage"),
            Value(0.0));
}

TEST(Encode, AnIdleReportSpoilsNothing) {
  const Value total = at(data_of(encode(StatsReport{}, "n")), "stats_total");
  EXPECT_TRUE(at(total, "min_response_time").is_none());
  EXPECT_TRUE(at(total, "last_request_timestamp").is_none());
  EXPECT_EQ(at(total, "start_time"), Value(kUnknownStartTime)) << "the master keeps the earliest";
}

TEST(Encode, NeverSendsUserDataUnderATypeOfLocust) {
  const Value frame = unpack(encode(Custom{"stats", Value::Map{}}, "n"));
  EXPECT_EQ(frame.as_list()->at(0), Value("custom stats"));
  EXPECT_EQ(unpack(encode(Custom{"greeting", 1}, "n"))[0], Value("greeting"));
}

TEST(Encode, MakesCustomDataThatAMasterCannotDecodeHarmless) {
  Value deep = 1;
  for (int i = 0; i < 2000; ++i) {
    deep = Value::List{deep};
  }
  Value shallow = data_of(encode(Custom{"c", deep}, "n"));
  int depth = 0;
  while (shallow.as_list() != nullptr) {
    const Value inner = shallow.as_list()->at(0);
    shallow = inner;
    ++depth;
  }
  EXPECT_EQ(depth, 64);
  EXPECT_TRUE(shallow.is_none());

  EXPECT_EQ(data_of(encode(Custom{"c", Value::Map{{Value::List{1}, "x"}}}, "n")),
            Value(Value::Map{{"(unusable key)", "x"}}));
  EXPECT_TRUE(data_of(encode(Custom{"c", Value::Map{{"__datetime__", true}}}, "n")).is_none());
  const Value datetime = Value::Map{{"__datetime__", true}, {"as_str", "20260131T23:59:59.123456"}};
  EXPECT_EQ(data_of(encode(Custom{"c", datetime}, "n")), datetime);
}

}  // namespace
}  // namespace cppworker::protocol
