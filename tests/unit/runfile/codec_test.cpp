#include "runfile/codec.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "protocol/value_codec.hpp"
#include "runfile/block.hpp"
#include "support/temporary_folder.hpp"
#include "unit/runfile/samples.hpp"
#include "unit/stats/compare.hpp"
#include "unit/stats/golden.hpp"

namespace cppworker::runfile {
namespace {

std::vector<Record> decode_all(Decoder& decoder, const std::string& blocks) {
  std::vector<Record> records;
  std::size_t offset = 0;
  while (const auto block = find_block(blocks, offset)) {
    EXPECT_EQ(block->begin, offset);
    offset = block->end;
    if (auto record = decoder.decode(block->content)) records.push_back(std::move(*record));
  }
  EXPECT_EQ(offset, blocks.size());
  return records;
}

TEST(Codec, KeepsHeadersAndEvents) {
  Decoder decoder;
  const std::vector<Record> expected = {
      samples::header(),
      Event{Event::Kind::kLog, samples::kStart + 0.25, "Ramping to 5 users", Value()},
      Event{Event::Kind::kReset, samples::kStart + 1.5, "", Value()},
      Event{Event::Kind::kEnd, samples::kStart + 9.0, "", Value{{"exit_code", 3}}}};
  std::string blocks = Encoder::header(samples::header());
  for (std::size_t i = 1; i < expected.size(); ++i) {
    blocks += Encoder::event(std::get<Event>(expected[i]));
  }
  EXPECT_EQ(decode_all(decoder, blocks), expected);
}

failures::Sample sample() {
  failures::Sample sample{.method = "POST", .name = "/a", .error = "HTTPError('503')"};
  sample.time = 1'700'000'000.25;
  sample.response_time_ms = 12.5;
  sample.phases = stats::PhaseTimes{.ms = {1.5, 0, -1, 0.25, 10, -1}, .new_connections = 1};
  sample.user_class = "ShopUser";
  sample.task = "buy";
  sample.remote_address = "10.0.0.1:80";
  sample.request = {.method = "GET",
                    .url = "http://host/b",
                    .headers = "X: caf\xE9\r\n",
                    .body = {.bytes = std::string("\0\xFF", 2), .left_out = 3},
                    .is_http2 = true,
                    .verifies_tls = false};
  sample.response = {.status = 503,
                     .reason = "busy",
                     .headers = "Y: z\r\n",
                     .body = {.bytes = "later", .left_out = 1},
                     .is_streamed = true};
  sample.redirects = {{302, "http://host/a", "/b"}};
  sample.detail = {.bytes = "by hand", .left_out = 4};
  sample.priority = UINT64_MAX >> 1U;
  return sample;
}

TEST(Codec, KeepsSamples) {
  Decoder decoder;
  const failures::Sample nothing{.error = "unknown"};
  EXPECT_EQ(decode_all(decoder, Encoder::sample(sample()) + Encoder::sample(nothing)),
            (std::vector<Record>{sample(), nothing}));
}

TEST(Codec, KeepsPhases) {
  Phases phases{.begin = samples::kStart, .span = 10, .entries = {}};
  phases.entries[{"/a", "GET"}] = {.requests = 3,
                                   .new_connections = 1,
                                   .phases = {{{1, 0.5, 0.5, 0.5, {{500, 1}}},
                                               {},
                                               {},
                                               {3, 0.0, 0.0, 0.0, {{0, 3}}},
                                               {3, 8.5, 2.0, 4.5, {{2'000, 2}, {4'500, 1}}},
                                               {}}}};
  phases.entries[{"/b", ""}] = {.requests = 1, .new_connections = 0, .phases = {}};
  Encoder encoder;
  Decoder decoder;
  const std::string names = encoder.new_names(phases.entries);
  EXPECT_EQ(encoder.new_names(phases.entries), "");
  EXPECT_EQ(decode_all(decoder, names + encoder.phases(phases)), (std::vector<Record>{phases}));
}

TEST(Codec, DividesManyPhasesAmongBlocks) {
  Phases phases{.begin = samples::kStart, .span = 60, .entries = {}};
  stats::PhaseIncrement wide{.count = 5'000, .total_ms = 1, .min_ms = 0, .max_ms = 5, .times = {}};
  for (std::int64_t time = 0; time < wide.count; ++time) wide.times[time] = 1;
  for (int i = 0; i < 50; ++i) {
    stats::EntryPhases entry{.requests = wide.count, .new_connections = 0, .phases = {}};
    entry.phases.fill(wide);
    phases.entries[{std::to_string(i), "GET"}] = std::move(entry);
  }
  Encoder encoder;
  Decoder decoder;
  std::string blocks = encoder.new_names(phases.entries);
  blocks += encoder.phases(phases);
  const std::vector<Record> records = decode_all(decoder, blocks);
  EXPECT_GT(records.size(), 1U);
  Phases sum{.begin = phases.begin, .span = phases.span, .entries = {}};
  for (const Record& record : records) sum.entries.merge(std::get<Phases>(Record(record)).entries);
  EXPECT_EQ(sum, phases);
}

TEST(Codec, KeepsEveryFieldOfIncrements) {
  Encoder encoder;
  Decoder decoder;
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/locust_tables.json");
  const auto cases = stats::golden::Json::parse(file);
  ASSERT_GE(cases.size(), 10U);
  for (const auto& one : cases) {
    const Seconds seconds{.begin = samples::kStart, .increment = stats::golden::increment(one)};
    const std::string names = encoder.new_names(seconds.increment);
    const std::vector<Record> records = decode_all(decoder, names + encoder.seconds(seconds));
    ASSERT_EQ(records.size(), 1U);
    stats::expect_same(std::get<Seconds>(records[0]).increment, seconds.increment);
    EXPECT_EQ(encoder.new_names(seconds.increment), "") << "names are written once";
  }
}

TEST(Codec, SplitsManyEntriesOverBlocksOfTheSameSeconds) {
  samples::Load load(1'200, 1);
  Seconds seconds = load.second(samples::kStart);
  Encoder encoder;
  Decoder decoder;
  const std::string names = encoder.new_names(seconds.increment);
  std::vector<Record> records = decode_all(decoder, names + encoder.seconds(seconds));
  ASSERT_EQ(records.size(), 3U);
  Seconds all = std::get<Seconds>(std::move(records[0]));
  for (std::size_t i = 1; i < records.size(); ++i) {
    auto& part = std::get<Seconds>(records[i]);
    EXPECT_EQ(part.begin, seconds.begin);
    EXPECT_FALSE(part.state);
    all.increment.entries.merge(part.increment.entries);
  }
  EXPECT_EQ(all, seconds);
}

TEST(Codec, IgnoresBlocksOfUnknownTypesAndNamesWhatIsLost) {
  Decoder decoder;
  const auto content = [](const Value& value) {
    protocol::Packer packer;
    protocol::pack_value(packer, value);
    return std::move(packer).take();
  };
  EXPECT_FALSE(decoder.decode(content({{"type", "invented later"}, {"x", 1}})));
  EXPECT_THROW((void)decoder.decode(content({{"type", "sample"}, {"x", 1}})), Error);
  EXPECT_FALSE(decoder.decode(content({{"type", "event"}, {"kind", "invented later"}})));

  Encoder encoder;
  samples::Load load(1, 2);
  const Seconds seconds = load.second(samples::kStart);
  (void)encoder.new_names(seconds.increment);
  const std::vector<Record> records = decode_all(decoder, encoder.seconds(seconds));
  const auto& increment = std::get<Seconds>(records.at(0)).increment;
  EXPECT_EQ(increment.entries.begin()->first.first, "(lost name 0)");
  EXPECT_EQ(increment.errors.begin()->second.error, "(lost text 0)");
  EXPECT_EQ(increment.total, seconds.increment.total);
}

TEST(Codec, RefusesWrongContent) {
  Decoder decoder;
  const auto why = [&](const Value& value) {
    protocol::Packer packer;
    protocol::pack_value(packer, value);
    const std::string content = std::move(packer).take();
    return message_of<Error>([&] { (void)decoder.decode(content); });
  };
  const auto seconds = [](Value total, Value::List entries = {}) {
    return Value{{"type", "seconds"},
                 {"begin", samples::kStart},
                 {"total", std::move(total)},
                 {"entries", std::move(entries)}};
  };
  const Value none{{"n", 0}};
  EXPECT_EQ(why(seconds(none)), "");
  EXPECT_EQ(why(seconds(Value{{"n", -1}})), "n is out of range");
  EXPECT_EQ(why(seconds(Value{{"n", 1}, {"none", 2}})), "none is out of range");
  EXPECT_EQ(why(seconds(Value{{"last", 1e300}})), "last is not a time");
  EXPECT_EQ(why(seconds(Value{{"times", Value::List{10, 1, 0, 1}}})), "times does not ascend");
  EXPECT_EQ(why(seconds(Value{{"times", Value::List{10}}})), "times lacks a count");
  EXPECT_EQ(why(seconds(none, {Value{{"id", 1}}, Value{{"id", 1}}})), "an entry occurs twice");
  EXPECT_NE(why(seconds(none, {Value{{"n", 1}}})), "") << "no id";
  EXPECT_NE(why(Value{{"type", "seconds"}, {"begin", -1}}), "");
  EXPECT_NE(why(Value("text")), "");
  EXPECT_NE(message_of<Error>([&] { (void)decoder.decode("\xC1"); }), "");
}

}  // namespace
}  // namespace cppworker::runfile
