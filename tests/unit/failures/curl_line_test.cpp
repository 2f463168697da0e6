#include "failures/curl_line.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cppworker::failures {
namespace {

using namespace std::string_literals;

Sample sent(const std::string& method, const std::string& url, const std::string& body = {}) {
  Sample sample;
  sample.request = {.method = method,
                    .url = url,
                    .headers = "Host: host\r\nUser-Agent: x\r\nAccept: */*\r\n",
                    .body = body_of(body)};
  if (!body.empty()) {
    sample.request.headers += "Content-Type: text/plain\r\nContent-Length: 9\r\n";
  }
  return sample;
}

TEST(CurlLine, RepeatsASimpleRequest) {
  EXPECT_EQ(curl_line(sent("GET", "http://host/a?b=c")),
            "curl -i 'http://host/a?b=c' -H 'User-Agent: x' -H 'Accept: */*'");
  EXPECT_EQ(curl_line(sent("HEAD", "http://host/")),
            "curl -I 'http://host/' -H 'User-Agent: x' -H 'Accept: */*'");
  EXPECT_EQ(curl_line(sent("PUT", "http://host/", "it's")),
            "curl -i -X 'PUT' 'http://host/' -H 'User-Agent: x' -H 'Accept: */*' "
            "-H 'Content-Type: text/plain' --data-raw 'it'\\''s'");
}

TEST(CurlLine, EscapesWhatATerminalCantShow) {
  EXPECT_NE(curl_line(sent("POST", "http://host/", "a\nb\\'\xFF\x1b"))
                .find(R"(--data-raw $'a\nb\\\'\377\033')"),
            std::string::npos);
  EXPECT_EQ(curl_line(sent("POST", "http://host/", "100 %\0'\n"s)).substr(0, 50),
            R"(printf -- '100 %%\000'\''\n' | curl -i 'http://hos)");
}

TEST(CurlLine, SendsNoHeadersOfItsOwn) {
  Sample sample = sent("POST", "http://host/");
  sample.request.headers = "Host: other\r\nX-Empty: \r\nContent-Length: 0\r\n";
  EXPECT_EQ(curl_line(sample),
            "curl -i 'http://host/' -H 'Host: other' -H 'X-Empty;' -H 'user-agent:' -H 'accept:' "
            "-H 'content-type:' --data-raw ''");
}

TEST(CurlLine, LeavesTheCredentialsToTheHeader) {
  Sample sample = sent("GET", "https://***@host/p@th");
  sample.request.headers += "Authorization: ***\r\n";
  sample.request.verifies_tls = false;
  EXPECT_EQ(curl_line(sample),
            "curl -i -k --http1.1 'https://host/p@th' -H 'User-Agent: x' -H 'Accept: */*' "
            "-H 'Authorization: ***'");
}

TEST(CurlLine, SaysThatTheBodyIsCut) {
  const std::string line = curl_line(sent("POST", "http://host/", std::string(kBodyMax + 5, 'x')));
  EXPECT_EQ(line.substr(0, line.find('\n')),
            "# The body was longer: its last 5 bytes are missing here");
}

TEST(CurlLine, IsEmptyIfNothingWasSent) {
  Sample sample = sent("GET", "http://host/");
  sample.request.headers.clear();
  EXPECT_EQ(curl_line(sample), "");
  EXPECT_EQ(curl_line({}), "");
}

}  // namespace
}  // namespace cppworker::failures
