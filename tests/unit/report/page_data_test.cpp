#include "report/page_data.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "failures/curl_line.hpp"
#include "report/html.hpp"
#include "report/packed_numbers.hpp"
#include "stats/entry_numbers.hpp"
#include "stats/error_key.hpp"
#include "stats/merge.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::report {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kPageBegin = 1'700'000'000;

std::string packed(const Numbers& numbers) {
  PackedNumbers result;
  for (const std::int64_t number : numbers) result.add(number);
  return std::move(result).take();
}

/// As data.js does.
Numbers unpacked(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Numbers numbers;
  std::uint64_t number = 0;
  unsigned shift = 0;
  for (const char c : text) {
    const std::uint64_t digit = digits.find(c);
    number |= (digit & 31U) << shift;
    shift += 5;
    if (digit >= 32) continue;
    const auto size = static_cast<std::int64_t>(number >> 1U);
    numbers.push_back((number & 1U) != 0 ? -size : size);
    number = 0;
    shift = 0;
  }
  return numbers;
}

Numbers sums(const std::string& text) {
  Numbers numbers = unpacked(text);
  for (std::size_t i = 1; i < numbers.size(); ++i) numbers[i] += numbers[i - 1];
  return numbers;
}

TEST(PackedNumbers, AreThoseOfSourceMaps) {
  EXPECT_EQ(packed({0, 1, -1, 15, 16, -16, 123}), "ACDegBhB2H");
  const Numbers numbers = {0, -3, 1'000'000'007, std::int64_t{1} << 50, -(std::int64_t{1} << 50)};
  EXPECT_EQ(unpacked(packed(numbers)), numbers);
  PackedNumbers differences;
  for (const std::int64_t number : {5, 5, 4}) differences.add_difference(number);
  EXPECT_EQ(unpacked(std::move(differences).take()), (Numbers{5, 0, -1}));
}

/// A run in which each entry had `requests` requests per second, the first of which failed.
RunReport run_of(std::int64_t seconds, int entries, int requests) {
  std::mt19937_64 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  std::lognormal_distribution<double> response_time(0.5, 0.6);
  RunReport report;
  report.sources.emplace_back();
  report.began = kPageBegin;
  report.ended = static_cast<double>(kPageBegin + seconds);
  stats::RequestStats stats(kPageBegin, {}, stats::Precision::kTwoDigits);
  std::vector<stats::StatsIncrement> increments;
  for (int i = 0; i < 20; ++i) {
    for (int entry = 0; entry < entries; ++entry) {
      const std::string name = "/shop/item/" + std::to_string(entry);
      for (int request = 0; request < requests; ++request) {
        const double ms = response_time(random);
        stats.log_request("GET", name, ms, 1'234, kPageBegin);
        if (request == 0) stats.log_error("GET", name, "503", kPageBegin, ms);
      }
    }
    increments.push_back(stats.take_increment(kPageBegin + 1));
  }
  for (std::int64_t second = 0; second < seconds; ++second) {
    const stats::StatsIncrement& one = increments[static_cast<std::size_t>(second) % 20];
    const WorkerLoad load{.users = 10 + second, .cpu_percent = 12.5};
    report.timeline.add(0, kPageBegin + second, 1, one, &load);
    stats::merge(report.all, stats::StatsIncrement(one));
  }
  return report;
}

TEST(PageData, HasTheRunInSmallNumbers) {
  const RunReport report = run_of(3, 2, 4);
  const Json data = Json::parse(page_data(report));
  EXPECT_EQ(data["total"]["requests"], 24);
  const Json& charts = data["charts"];
  EXPECT_EQ(charts["span_s"], 1);
  EXPECT_EQ(sums(charts["time"]), (Numbers{kPageBegin, kPageBegin + 1, kPageBegin + 2}));
  EXPECT_EQ(charts["users"], Json::parse("[10.0, 11.0, 12.0]"));
  ASSERT_EQ(charts["series"].size(), 3U) << "all requests, and each entry";
  EXPECT_EQ(sums(charts["series"][0]["requests"]), (Numbers{8, 8, 8}));
  EXPECT_EQ(sums(charts["series"][1]["failures"]), (Numbers{1, 1, 1}));
  const Numbers levels = sums(charts["levels_us"]);
  std::size_t row = 0;
  for (const auto& [key, entry] : report.all.entries) {
    const Numbers packed_counts = unpacked(charts["histograms"][++row]["all"]);
    stats::Counts counts;
    std::int64_t level = 0;
    for (std::size_t i = 0; i < packed_counts.size(); i += 2) {
      level += packed_counts[i];
      counts[levels.at(static_cast<std::size_t>(level))] += packed_counts[i + 1];
    }
    EXPECT_EQ(counts, entry.response_times);
    const Json& series = charts["series"][row];
    std::size_t point = 0;
    for (const auto& [begin, one] : report.timeline.points()) {
      const double p50 = stats::response_time_percentile(one.increment.entries.at(key), 0.5);
      const std::int64_t index = sums(series["all"][0])[point++];
      EXPECT_EQ(levels.at(static_cast<std::size_t>(index) - 1), std::llround(p50 * 1'000));
    }
    std::int64_t in_heat = 0;
    const Numbers heat = unpacked(series["heat"]);
    for (std::size_t i = 0; i < heat.size(); i += 2 + static_cast<std::size_t>(heat[i])) {
      for (std::int64_t k = 0; k < heat[i]; ++k) {
        in_heat += heat.at(i + 2 + static_cast<std::size_t>(k));
      }
    }
    EXPECT_EQ(in_heat, entry.num_requests);
  }
}

TEST(PageData, OfAnHourAndAHundredEntriesIsSmall) {
  constexpr std::size_t kMegabytes = 2'000'000;
  const std::string page = html_page(run_of(3'600, 100, 20));
  EXPECT_LT(page.size(), kMegabytes);
  EXPECT_GT(page.size(), kMegabytes / 2);
}

TEST(HtmlPage, ContainsNoTextThatEndsItsScript) {
  RunReport report = run_of(1, 1, 1);
  const std::string name = "</script><script>alert(1)</script><!--";
  report.all.entries[{name, "GET"}].name = name;
  const std::string page = html_page(report);
  EXPECT_TRUE(page.find("\\u003c/script>\\u003cscript>alert(1)") != std::string::npos);
  EXPECT_TRUE(page.find("<script>alert") == std::string::npos);
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_TRUE(page.find("{{") == std::string::npos) << "each place is filled";
}

TEST(HtmlPage, OfNothingIsComplete) { EXPECT_TRUE(html_page(RunReport()).ends_with("</html>\n")); }

// --- samples of failed requests -----------------------------------------------------------------

failures::Sample page_sample(const std::string& name, double time, const std::string& body) {
  failures::Sample sample{.method = "POST", .name = name, .error = "busy", .time = time};
  sample.user_class = "Buyer";
  sample.request = {.method = "POST", .url = "http://shop/order", .headers = "A: b\r\n"};
  sample.request.body.bytes = "id=1";
  sample.response = {.status = 503, .reason = "Busy", .headers = "Server: x\r\n", .body = {body}};
  return sample;
}

Json samples_on_page(const RunReport& report) { return Json::parse(page_data(report))["samples"]; }

std::size_t size_of_samples(const RunReport& report) {
  const std::string data = page_data(report);
  return data.size() - data.find("\"samples\":{\"left_out\"");
}

TEST(PageSamples, AreGroupedByFailure) {
  RunReport report = run_of(1, 1, 1);
  report.samples = {page_sample("/a", 1, "one"), page_sample("/a", 2, "two"),
                    page_sample("/a", 3, "three"), page_sample("/b", 4, std::string("\0\xFF", 2))};
  report.all.errors[stats::error_key("POST", "/a", "busy")].occurrences = 12;
  const Json samples = samples_on_page(report);
  EXPECT_EQ(samples["left_out"], 0);
  EXPECT_EQ(samples["body_limit"], nullptr);
  ASSERT_EQ(samples["failures"].size(), 2U);
  const Json& failure = samples["failures"][0];
  EXPECT_EQ(failure["name"], "/a");
  EXPECT_EQ(failure["error"], "busy");
  EXPECT_EQ(failure["count"], 12);
  std::vector<std::string> roles;
  for (const Json& sample : failure["samples"]) roles.push_back(sample["role"]);
  EXPECT_EQ(roles, (std::vector<std::string>{"first", "random", "last"}));
  const Json& first = failure["samples"][0];
  EXPECT_EQ(first["user_class"], "Buyer");
  EXPECT_EQ(first["request"]["curl"], failures::curl_line(report.samples[0]));
  EXPECT_EQ(first["request"]["headers"], Json::parse(R"([["A", "b"]])"));
  EXPECT_EQ(first["response"]["body"]["text"], "one");
  EXPECT_EQ(samples["failures"][1]["count"], nullptr) << "its row is not known";
  EXPECT_EQ(samples["failures"][1]["samples"][0]["response"]["body"]["encoding"], "base64");
}

TEST(PageSamples, BodiesAreShortenedAtTheEndOfACharacter) {
  RunReport report = run_of(1, 1, 1);
  std::string snow;
  while (snow.size() < failures::kBodyMax - 3) snow += "\xE2\x98\x83";
  for (int i = 0; i < 20; ++i) {
    report.samples.push_back(page_sample("/" + std::to_string(i), 1, snow));
    report.samples.push_back(page_sample("/" + std::to_string(i), 2, snow));
  }
  const Json samples = samples_on_page(report);
  EXPECT_EQ(samples["left_out"], 0);
  EXPECT_EQ(samples["body_limit"], 4'096);
  const Json& body = samples["failures"][19]["samples"][1]["response"]["body"];
  EXPECT_TRUE(body["text"].get<std::string>() == snow.substr(0, 4'095));
  EXPECT_EQ(body["left_out"], snow.size() - 4'095);
  EXPECT_EQ(body["bytes"], snow.size());
}

TEST(PageSamples, AreBoundedAndHaveTheFirstOneOfEachFailure) {
  constexpr std::size_t kMost = std::size_t{512} << 10U;
  RunReport report = run_of(1, 1, 1);
  std::string headers;
  while (headers.size() < failures::kHeadersMax - 100)
    headers += "X-Long: <" + std::string(80, 'h') + "\r\n";
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 3; ++k) {
      failures::Sample one = page_sample("/" + std::to_string(i), k,
                                         std::string(failures::kBodyMax, k == 0 ? '<' : 'x'));
      one.request.headers = one.response.headers = headers;
      one.request.body.bytes = std::string(failures::kBodyMax, '\0');
      report.samples.push_back(std::move(one));
    }
  }
  const std::size_t size = size_of_samples(report);
  EXPECT_LT(size, kMost + 100);
  EXPECT_GT(size, kMost / 2);
  const Json samples = samples_on_page(report);
  ASSERT_EQ(samples["failures"].size(), 100U);
  std::size_t shown = 0;
  for (const Json& failure : samples["failures"]) {
    EXPECT_EQ(failure["samples"][0]["role"], "first");
    EXPECT_TRUE(failure["samples"][0]["curl_left_out"]);
    EXPECT_GT(failure["samples"][0]["headers_left_out"], 0);
    shown += failure["samples"].size();
  }
  EXPECT_EQ(samples["left_out"], 300 - shown);
}

TEST(PageSamples, LeaveThePageBelowTwoMegabytes) {
  RunReport report = run_of(3'600, 100, 20);
  for (int i = 0; i < 300; ++i) {
    report.samples.push_back(page_sample("/" + std::to_string(i / 3), i, std::string(16'000, 'x')));
  }
  EXPECT_LT(html_page(report).size(), 2'000'000U);
  EXPECT_GT(samples_on_page(report)["failures"].size(), 30U);
}

TEST(PageSamples, HaveNoMarkup) {
  RunReport report = run_of(1, 1, 1);
  const std::string attack = "</script><script>alert(1)</script>";
  report.samples = {page_sample(attack, 1, attack)};
  report.samples[0].request.url = "javascript:" + attack;
  report.samples[0].response.headers = "X: " + attack + "\r\n";
  const std::string page = html_page(report);
  EXPECT_TRUE(page.find("<script>alert") == std::string::npos);
  const Json failure = samples_on_page(report)["failures"][0];
  EXPECT_EQ(failure["name"], attack);
  EXPECT_EQ(failure["samples"][0]["response"]["body"]["text"], attack);
}

}  // namespace
}  // namespace cppworker::report
