#include "runner/report_ledger.hpp"

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cppworker::runner {
namespace {

using Size = ReportLedger::Size;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

stats::StatsIncrement increment(std::int64_t requests, std::int64_t failures = 0) {
  stats::StatsIncrement result;
  stats::EntryIncrement entry;
  entry.num_requests = requests;
  entry.num_failures = failures;
  result.total = entry;
  result.total.name = "Aggregated";
  entry.name = "/";
  entry.method = "GET";
  result.entries[{"/", "GET"}] = entry;
  return result;
}

class ReportLedgerTest : public testing::Test {
 protected:
  /// The content of a report that is sent now.
  std::int64_t send(std::optional<std::uint64_t> proved_by) {
    return ledger.take(proved_by).total.num_requests;
  }

  /// The log lines since the last call.
  std::vector<std::string> logged() {
    std::vector<std::string> lines;
    for (const Action& action : actions.take()) {
      if (const auto* log = std::get_if<Log>(&action)) lines.push_back(log->text);
    }
    return lines;
  }

  ActionList actions;
  ReportLedger ledger{actions};
};

TEST_F(ReportLedgerTest, MergesPendingStatisticsIntoOneReport) {
  ledger.add(increment(2));
  ledger.add(increment(3, 1));
  const stats::StatsIncrement report = ledger.take(1);
  EXPECT_EQ(report.total.num_requests, 5);
  EXPECT_EQ(report.entries.at({"/", "GET"}).num_requests, 5);
}

TEST_F(ReportLedgerTest, AReportThatWasNotSentIsPendingAgain) {
  ledger.add(increment(2));
  ledger.not_sent(ledger.take(1));
  EXPECT_EQ(ledger.pending(), (Size{2, 0}));
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, AReportThatWasNotSentBeforeARunBeganIsDropped) {
  ledger.add(increment(2));
  const stats::StatsIncrement report = ledger.take(1);
  ledger.clear();
  ledger.not_sent(report);
  EXPECT_EQ(ledger.pending(), (Size{0, 0}));
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("2 requests (0 failures): they were "
                                              "measured before this run")));
}

TEST_F(ReportLedgerTest, AnAnsweredHeartbeatProvesEarlierReports) {
  ledger.add(increment(2));
  send(5);
  ledger.heartbeat_proved(4);
  EXPECT_EQ(ledger.unproved(), (Size{2, 0}));
  ledger.heartbeat_proved(5);
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, ALaterAnswerAlsoProvesAReport) {
  ledger.add(increment(2));
  send(5);
  ledger.heartbeat_proved(9);
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, KeepsTwoReportsAndMergesNewerOnes) {
  for (std::uint64_t heartbeat = 1; heartbeat <= 3; ++heartbeat) {
    ledger.add(increment(1));
    send(heartbeat);
  }
  ledger.heartbeat_proved(1);
  EXPECT_EQ(ledger.unproved(), (Size{2, 0}));
  ledger.heartbeat_proved(2);
  EXPECT_EQ(ledger.unproved(), (Size{2, 0}));  // merged with the third, so proved together with it
  ledger.heartbeat_proved(3);
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, DroppingLogsTheSizeOfTheUnprovedReports) {
  ledger.add(increment(2, 1));
  send(1);
  ledger.add(increment(3));
  send(2);
  ledger.add(increment(10));
  ledger.drop_unproved();
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("5 requests (1 failures)")));
  EXPECT_EQ(ledger.pending(), (Size{10, 0}));
  ledger.drop_unproved();
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(ReportLedgerTest, DroppingAllIncludesPendingStatistics) {
  ledger.add(increment(2, 1));
  send(1);
  ledger.add(increment(10, 2));
  ledger.drop_all();
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("12 requests (3 failures)")));
  EXPECT_EQ(send(2), 0);
}

TEST_F(ReportLedgerTest, ResendingMakesUnprovedReportsPendingAgain) {
  ledger.add(increment(2));
  send(1);
  ledger.add(increment(3));
  send(2);
  ledger.add(increment(4));
  ledger.resend_unproved();
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
  EXPECT_EQ(send(3), 9);
}

TEST_F(ReportLedgerTest, DoesNotKeepAReportThatNoHeartbeatCanProve) {
  ledger.add(increment(2));
  EXPECT_EQ(send(std::nullopt), 2);
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
  EXPECT_EQ(ledger.pending(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, AnEmptyReportDoesNotDelayAProof) {
  ledger.add(increment(2));
  send(1);
  for (std::uint64_t heartbeat = 2; heartbeat < 9; ++heartbeat) send(heartbeat);
  ledger.heartbeat_proved(1);
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

TEST_F(ReportLedgerTest, ClearsEverythingWhenARunBegins) {
  ledger.add(increment(2));
  send(1);
  ledger.add(increment(3));
  ledger.clear();
  EXPECT_EQ(ledger.pending(), (Size{0, 0}));
  EXPECT_EQ(ledger.unproved(), (Size{0, 0}));
}

/// Checks after every step that all added statistics are proved, in doubt, pending or dropped.
class ReportLedgerBooks : public testing::TestWithParam<unsigned> {};

TEST_P(ReportLedgerBooks, Balance) {
  std::mt19937 random(GetParam());
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  ActionList actions;
  ReportLedger ledger{actions};
  std::int64_t added = 0;
  std::int64_t gone = 0;
  std::uint64_t heartbeat = 1;
  for (int step = 0; step < 2000; ++step) {
    switch (up_to(7)) {
      case 0:
      case 1:
      case 2: {
        const int requests = up_to(5);
        ledger.add(increment(requests));
        added += requests;
        break;
      }
      case 3: {
        const stats::StatsIncrement report = ledger.take(heartbeat);
        const auto row = report.entries.find({"/", "GET"});
        ASSERT_EQ(report.total.num_requests,
                  row == report.entries.end() ? 0 : row->second.num_requests);
        break;
      }
      case 4:
        ledger.not_sent(ledger.take(heartbeat));
        break;
      case 5: {
        const Size before = ledger.unproved();
        ledger.heartbeat_proved(heartbeat++);
        gone += before.requests - ledger.unproved().requests;
        ASSERT_EQ(ledger.unproved(), (Size{0, 0}));  // all reports were sent before that heartbeat
        break;
      }
      case 6:
        if (up_to(1) == 0) {
          gone += ledger.unproved().requests;
          ledger.drop_unproved();
        }
        break;
      default:
        if (up_to(1) == 0) ledger.resend_unproved();
        ++heartbeat;
    }
    ASSERT_EQ(added, gone + ledger.unproved().requests + ledger.pending().requests);
  }
  EXPECT_GT(gone, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReportLedgerBooks, testing::Range(1U, 11U));

TEST_F(ReportLedgerTest, ShiftsTheTimesOfAllKeptStatistics) {
  const auto at = [](double start_time) {
    stats::StatsIncrement result = increment(1);
    result.total.start_time = start_time;
    result.total.last_request_timestamp = start_time + 1;
    return result;
  };
  ledger.add(at(1000));
  send(1);
  ledger.add(at(1010));
  ledger.shift_times(600);
  ledger.add(at(1620));  // measured after the system clock was set
  ledger.resend_unproved();
  const stats::EntryIncrement total = ledger.take(2).total;
  EXPECT_EQ(total.start_time, 1600);
  EXPECT_EQ(total.last_request_timestamp, 1621);
}

}  // namespace
}  // namespace cppworker::runner
