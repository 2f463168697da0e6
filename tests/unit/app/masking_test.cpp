#include "app/masking.hpp"

#include <string>

#include <gtest/gtest.h>

#include <cppworker/json.hpp>

#include "report/samples.hpp"

namespace cppworker::app {
namespace {

using failures::Sample;

/// All texts of the sample, as they go into reports.
std::string texts(const Sample& sample) {
  return report::samples_har({sample}) + report::samples_markdown({sample}) +
         to_json(report::sample_json(sample));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Sample with_headers(const std::string& sent, const std::string& received = "") {
  Sample sample{.method = "GET", .name = "/", .error = "no"};
  sample.request = {.method = "GET", .url = "http://host/", .headers = sent};
  sample.response = {.status = 500, .headers = received};
  return sample;
}

TEST(Masking, MasksHeaders) {
  Sample sample = with_headers("authorization: Bearer t0ken77\r\nX-Api-Key: k3y\r\nX-Other: o\r\n",
                               "Set-Cookie: session=abc123; Path=/\r\n");
  Masking({"x-API-key"}).mask(sample);
  EXPECT_EQ(sample.request.headers, "authorization: ***\r\nX-Api-Key: ***\r\nX-Other: o\r\n");
  EXPECT_EQ(sample.response.headers, "Set-Cookie: ***\r\n");
}

TEST(Masking, MasksWhatTheServerRepeats) {
  Sample sample = with_headers(
      "Authorization: Basic YW5uOnMzY3JldDEy\r\nCookie: lang=de; session=abc123\r\n"
      "Proxy-Authorization: Digest q=7654321\r\n");
  sample.response.body = failures::body_of("YW5uOnMzY3JldDEy abc123 s3cret12 q=7654321 lang=de");
  Masking().mask(sample);
  EXPECT_EQ(sample.response.body.bytes, "*** *** *** *** lang=de");
}

TEST(Masking, MasksCredentialsOfUrls) {
  Sample sample = with_headers("Referer: http://ann:pa%24sword@host/a@b\r\n");
  sample.request.url = "http://ann:pa%24sword@host/a@b?c=pa$sword";
  sample.error = "BadStatusCode('http://ann:pa%24sword@host/')";
  sample.redirects = {{302, "http://ann@host/", "https://u:p@other/"}};
  Masking().mask(sample);
  EXPECT_EQ(sample.request.url, "http://***@host/a@b?c=***");
  EXPECT_EQ(sample.error, "BadStatusCode('http://***@host/')");
  EXPECT_EQ(sample.redirects[0].url, "http://***@host/");
  EXPECT_EQ(sample.redirects[0].location, "https://***@other/");
  EXPECT_FALSE(contains(texts(sample), "sword"));
}

TEST(Masking, MasksSecretArgumentsInAllSpellings) {
  Masking masking;
  masking.add_secret("a b&\"ü/<");
  masking.add_secret("");
  Sample sample = with_headers("X-Raw: a b&\"ü/<\r\n");
  sample.request.url = "http://host/?t=a+b%26%22%C3%BC%2F%3C&u=a%20b%26%22%c3%bc/%3c";
  sample.request.body = failures::body_of(R"({"a": "a b&\"\u00fc/<", "b": "a b&\"ü/<"})");
  sample.response.body = failures::body_of("<p>a b&amp;&quot;ü/&lt;</p>");
  sample.detail = failures::body_of("a b&\"ü/<");
  masking.mask(sample);
  EXPECT_EQ(sample.request.headers, "X-Raw: ***\r\n");
  EXPECT_EQ(sample.request.url, "http://host/?t=***&u=***");
  EXPECT_EQ(sample.request.body.bytes, R"({"a": "***", "b": "***"})");
  EXPECT_EQ(sample.response.body.bytes, "<p>***</p>");
  EXPECT_EQ(sample.detail.bytes, "***");
}

TEST(Masking, MasksTheBeginningOfASecretWhereABodyWasCut) {
  Masking masking;
  masking.add_secret("s3cret-token");
  Sample sample = with_headers("Host: host\r\n");
  const std::string filling(failures::kBodyMax - 5, '.');
  sample.response.body = failures::body_of(filling + "s3cret-token");
  sample.request.url = failures::beginning(
      "http://host/" + std::string(failures::kTextMax - 16, '.') + "s3cret-token");
  masking.mask(sample);
  EXPECT_EQ(sample.response.body.bytes, filling + "***");
  EXPECT_EQ(sample.response.body.left_out, 7);
  EXPECT_FALSE(contains(sample.request.url, "s3c"));
  EXPECT_TRUE(sample.request.url.ends_with("***…"));
}

TEST(Masking, JoinsRowsThatBecomeEqual) {
  Masking masking;
  masking.add_secret("alpha");
  masking.add_secret("beta");
  stats::StatsIncrement increment;
  for (const std::string token : {"alpha", "beta"}) {
    stats::EntryIncrement entry;
    entry.name = "/?t=" + token;
    entry.method = "GET";
    entry.num_requests = 2;
    increment.entries.emplace(std::pair(entry.name, entry.method), entry);
    increment.phases[{entry.name, entry.method}].requests = 2;
    increment.errors[token] = {entry.name, "GET", "no " + token, 1, 5, 6};
  }
  masking.mask(increment);
  ASSERT_EQ(increment.entries.size(), 1U);
  EXPECT_EQ(increment.entries.begin()->first.first, "/?t=***");
  EXPECT_EQ(increment.entries.begin()->second.num_requests, 4);
  ASSERT_EQ(increment.phases.size(), 1U);
  EXPECT_EQ(increment.phases.at({"/?t=***", "GET"}).requests, 4);
  ASSERT_EQ(increment.errors.size(), 1U);
  EXPECT_EQ(increment.errors.begin()->second.error, "no ***");
  EXPECT_EQ(increment.errors.begin()->second.occurrences, 2);
}

}  // namespace
}  // namespace cppworker::app
