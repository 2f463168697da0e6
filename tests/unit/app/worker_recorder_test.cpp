#include "app/worker_recorder.hpp"

#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

#include "app/recorded_run.hpp"
#include "loader/locustfile.hpp"
#include "support/temporary_folder.hpp"
#include "unit/runfile/samples.hpp"

namespace cppworker::app {
namespace {

namespace samples = runfile::samples;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class WorkerRecorderTest : public testing::Test {
 protected:
  WorkerRecorderTest() {
    locustfile.arguments = {{.name = "--key", .is_secret = true}, {.name = "--category"}};
    options.out = folder / "run.cwr";
    options.master_host = "master";
    recorder.emplace(options, user_code, "host_1234", masking, failed);
  }

  void begin(Value parsed_options = {}) {
    recorder->record(runner::ClearStats{});
    recorder->begin_run({.host = "http://shop", .parsed_options = std::move(parsed_options)});
    recorder->record(runner::MasterCommand{"spawn", {{"A", 2}, {"B", 0}, {"C", 1}}});
  }
  void measure(stats::StatsIncrement increment, double after = 1) {
    now += after;
    recorder->record(
        runner::IncrementsCollected{.increment = std::move(increment), .unix_now = now}, {{"A", 2}},
        {});
  }
  stats::StatsIncrement requests(int count, const std::string& name = "/") {
    stats::RequestStats stats(now);
    for (int i = 0; i < count; ++i) stats.log_request("GET", name, 1, 10, now);
    return stats.take_increment(now);
  }
  report::RunReport read(const char* name) const { return read_run({folder / name}); }

  TemporaryFolder folder;
  Options options;
  loader::Locustfile locustfile;
  UserCode user_code{.locustfile = locustfile,
                     .arguments = {{"key", "own"}, {"category", "books"}},
                     .config_users = {}};
  Masking masking;
  failures::Collection failed{failures::Collection::Limits{}};
  double now = std::floor(detail::unix_time()) + 10;  // a full second after the start of the run
  std::optional<WorkerRecorder> recorder;
};

std::vector<std::string> texts_of(const report::RunReport& report) {
  std::vector<std::string> texts;
  for (const auto& event : report.events) texts.push_back(event.text);
  return texts;
}

TEST_F(WorkerRecorderTest, RecordsEachRunInAFileOfItsOwn) {
  measure(requests(1));  // before a run: in no file
  begin({{"num_users", 3}, {"spawn_rate", 1.5}, {"run_time", Value()}});
  for (int i = 0; i < 4; ++i) measure(requests(10));
  recorder->record(runner::UserError{{"boom", "line 1"}});
  recorder->record(runner::MasterCommand{"stop", {}});
  recorder->record(runner::RunEnded{});
  measure({});
  measure(requests(5));  // of a listener, after the run
  begin();
  measure(requests(7));
  recorder->record(runner::Log{.text = "Shutting down"});
  recorder->record(runner::Exit{3});
  recorder.reset();

  const report::RunReport first = read("run.cwr");
  EXPECT_EQ(first.all.total.num_requests, 45);
  EXPECT_EQ(first.timeline.points().size(), 5U) << "an idle second after the run is not recorded";
  ASSERT_EQ(first.sources.size(), 1U);
  EXPECT_TRUE(first.sources[0].is_complete);
  EXPECT_EQ(first.sources[0].exit_code, std::nullopt) << "the worker went on";
  const Value facts(first.sources[0].facts);
  EXPECT_EQ(*facts.find("master"), Value("master:5557"));
  EXPECT_EQ(*facts.find("worker"), Value("host_1234"));
  EXPECT_EQ(*facts.find("host"), Value("http://shop"));
  EXPECT_EQ(*facts.find("options"),
            (Value{{"users", 3}, {"spawn-rate", 1.5}, {"user classes", Value::List{}}}));
  EXPECT_THAT(texts_of(first), ElementsAre("Command of the master: spawn, 3 users (A: 2, C: 1)",
                                           "Command of the master: stop"));
  ASSERT_EQ(first.exceptions.size(), 1U);
  EXPECT_EQ(first.exceptions[0].message, "boom");

  const report::RunReport second = read("run-2.cwr");
  EXPECT_EQ(second.all.total.num_requests, 7);
  EXPECT_EQ(second.sources.at(0).exit_code, 3);
  EXPECT_TRUE(second.exceptions.empty()) << "those of the first run";
  EXPECT_THAT(texts_of(second),
              ElementsAre("Command of the master: spawn, 3 users (A: 2, C: 1)", "Shutting down"));
}

TEST_F(WorkerRecorderTest, APartOfASecondAfterARunBelongsToThisRun) {
  begin();
  measure(requests(10));
  recorder->record(runner::RunEnded{});
  measure(requests(2), 0.3);
  measure(requests(3), 0.3);
  begin();
  measure(requests(7), 1.4);
  recorder->record(runner::RunEnded{});
  measure(requests(4), 0.3);
  recorder->record(runner::MasterCommand{"quit", {}});
  recorder->record(runner::Exit{0});
  recorder.reset();
  EXPECT_EQ(read("run.cwr").all.total.num_requests, 15);
  const report::RunReport second = read("run-2.cwr");
  EXPECT_EQ(second.all.total.num_requests, 11);
  EXPECT_THAT(texts_of(second), testing::Contains("Command of the master: quit"));
}

TEST_F(WorkerRecorderTest, TheRunGoesOnAfterAReset) {
  begin();
  measure(requests(10));
  recorder->record(runner::ClearStats{.keeps_names = true});
  measure(requests(3));
  recorder.reset();
  const report::RunReport report = read("run.cwr");
  EXPECT_EQ(report.all.total.num_requests, 3);
  EXPECT_EQ(report.timeline.points().size(), 2U);
  EXPECT_FALSE(report.sources.at(0).is_complete) << "as after SIGKILL";
}

TEST_F(WorkerRecorderTest, SecretsOfTheMasterAreMasked) {
  masking.add_secret("hunter2");
  begin({{"key", "hunter2"}, {"category", "toys"}});
  measure(requests(1, "/item?key=hunter2"));
  recorder->record(runner::Log{.text = "hunter2"});
  recorder->record(runner::UserError{{"hunter2", "hunter2"}});
  recorder->record(runner::Exit{0});
  recorder.reset();
  const report::RunReport report = read("run.cwr");
  const Value facts(report.sources.at(0).facts);
  EXPECT_EQ(*facts.find("arguments"), (Value{{"key", "***"}, {"category", "toys"}}));
  EXPECT_TRUE(report.all.entries.contains({"/item?key=***", "GET"}));
  EXPECT_EQ(texts_of(report).back(), "***");
  EXPECT_EQ(report.exceptions.at(0).message, "***");
}

TEST_F(WorkerRecorderTest, HasTheSamplesOfEachRun) {
  const auto fail = [this](const char* body) {
    failures::Sample sample{.method = "GET", .name = "/", .error = "busy", .time = now};
    sample.request = {.method = "GET", .url = "http://shop/", .headers = "A: b\r\n"};
    sample.response = {.status = 503, .reason = "", .headers = "", .body = {.bytes = body}};
    failed.add(std::move(sample));
  };
  begin();
  fail("one");
  measure(requests(1));
  fail("two");
  recorder->record(runner::RunEnded{});
  recorder->record(runner::ClearStats{});
  failed.clear();
  recorder->begin_run({});
  fail("three");
  recorder->record(runner::Exit{0});
  recorder.reset();
  const auto bodies = [this](const char* name) {
    std::vector<std::string> found;
    for (const auto& sample : read(name).samples) found.push_back(sample.response.body.bytes);
    return found;
  };
  EXPECT_THAT(bodies("run.cwr"), ElementsAre("one", "two"));
  EXPECT_THAT(bodies("run-2.cwr"), ElementsAre("three"));
  std::ifstream har(folder / "run.failures.har");
  const std::string text((std::istreambuf_iterator<char>(har)), {});
  EXPECT_THAT(text, testing::AllOf(HasSubstr("two"), Not(HasSubstr("three"))));
}

TEST_F(WorkerRecorderTest, OfSeveralWorkersHaveDifferentFiles) {
  options.worker_number = 2;
  recorder.emplace(options, user_code, "host_1234", masking, failed);
  begin();
  recorder.reset();
  EXPECT_EQ(read("run-w2.cwr").sources.size(), 1U);
}

TEST_F(WorkerRecorderTest, AFileThatCanNotBeWrittenIsAnErrorAtTheStart) {
  const auto message = [this](std::string out) {
    options.out = std::move(out);
    return message_of<Error>(
        [&] { recorder.emplace(options, user_code, "host_1234", masking, failed); });
  };
  EXPECT_THAT(message("/proc/no/run.cwr"), HasSubstr("Can't create the folder /proc/no"));
  EXPECT_THAT(message("/tmp"), HasSubstr("Can't write /tmp: this is a folder"));
  EXPECT_THAT(message("/dev/null"), HasSubstr("Can't write /dev/null: this is not a file"));
}

TEST_F(WorkerRecorderTest, ReportsOnceThatSamplesAreMissing) {
  begin();
  failed.add_overflow();
  measure(requests(1));
  measure(requests(1));
  recorder->record(runner::RunEnded{});
  recorder.reset();
  EXPECT_THAT(texts_of(read("run.cwr")),
              testing::Contains(HasSubstr("more failures than samples")).Times(1));
}

/// Keeps the thread that logs a line with this text until it is released.
class HoldingSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit HoldingSink(std::string text) : text_(std::move(text)) {}
  std::promise<void> holds;
  std::promise<void> is_released;

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view payload(message.payload.data(), message.payload.size());
    if (payload.find(text_) == std::string_view::npos) return;
    holds.set_value();
    is_released.get_future().wait();
  }
  void flush_() override {}

  const std::string text_;
};

TEST_F(WorkerRecorderTest, AddsUpSecondsWhileTheDiskHangs) {
  const auto sink = std::make_shared<HoldingSink>("Recording the run in");
  const auto usual = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("holding", sink));
  begin();
  sink->holds.get_future().wait();
  constexpr int kSeconds = 200;
  for (int i = 0; i < kSeconds; ++i) measure(requests(10));
  EXPECT_FALSE(recorder->wait_written(std::chrono::milliseconds(0)));
  sink->is_released.set_value();
  recorder->record(runner::RunEnded{});
  recorder.reset();
  spdlog::set_default_logger(usual);

  const report::RunReport report = read("run.cwr");
  EXPECT_EQ(report.all.total.num_requests, 10 * kSeconds);
  EXPECT_TRUE(report.sources.at(0).is_complete);
  EXPECT_GT(report.timeline.points().size(), 10U);
  EXPECT_LT(report.timeline.points().size(), 25U);
}

}  // namespace
}  // namespace cppworker::app
