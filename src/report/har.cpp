#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cppworker/json.hpp>
#include <cppworker/version.hpp>

#include "failures/curl_line.hpp"
#include "report/samples.hpp"
#include "text/ascii_case.hpp"
#include "text/base64.hpp"
#include "text/utf8.hpp"

// http://www.softwareishard.com/blog/har-12-spec/. Members whose names begin with _ are our own.
namespace cppworker::report {
namespace {

using failures::Sample;

std::string iso_time(double unix_time) {
  const auto ms = static_cast<std::int64_t>(std::floor(unix_time * 1000));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

Value named_values(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Value::List list;
  for (const auto& [name, value] : pairs) {
    list.emplace_back(Value::Map{{"name", name}, {"value", value}});
  }
  return list;
}

/// Names and values of the query, as they are in the URL.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view url) {
  std::vector<std::pair<std::string, std::string>> query;
  url = url.substr(0, url.find('#'));
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return query;
  for (url.remove_prefix(mark + 1); !url.empty();) {
    const std::size_t end = std::min(url.find('&'), url.size());
    const std::string_view pair = url.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    url.remove_prefix(std::min(end + 1, url.size()));
  }
  return query;
}

std::string header_value(std::string_view lines, std::string_view lower_case_name) {
  for (const auto& [name, value] : header_pairs(lines)) {
    if (text::to_lower(name) == lower_case_name) return value;
  }
  return {};
}

std::string mime_type(std::string_view headers) {
  std::string type = header_value(headers, "content-type");
  return type.empty() ? "application/octet-stream" : type;
}

/// "text", and the member that says that it is base64.
void add_body(Value::Map& map, const failures::Body& body, const char* encoding_member) {
  const bool readable = is_text(body.bytes);
  map.emplace_back("text", readable ? body.bytes : text::base64_encoded(body.bytes));
  if (!readable) map.emplace_back(encoding_member, "base64");
  if (body.left_out > 0) {
    map.emplace_back("comment", fmt::format("The last {} bytes are left out", body.left_out));
  }
}

std::int64_t whole_size(const failures::Body& body) {
  return static_cast<std::int64_t>(body.bytes.size()) + body.left_out;
}

Value request_har(const Sample::Request& request) {
  Value::Map map = {{"method", request.method},
                    {"url", request.url},
                    {"httpVersion", request.is_http2 ? "HTTP/2" : "HTTP/1.1"},
                    {"cookies", Value::List{}},
                    {"headers", named_values(header_pairs(request.headers))},
                    {"queryString", named_values(query_of(request.url))},
                    {"headersSize", -1},
                    {"bodySize", whole_size(request.body)}};
  if (!request.body.bytes.empty()) {
    Value::Map post = {{"mimeType", mime_type(request.headers)}};
    add_body(post, request.body, "_encoding");
    map.emplace_back("postData", std::move(post));
  }
  return map;
}

Value response_har(const Sample& sample) {
  const Sample::Response& response = sample.response;
  Value::Map content = {{"size", whole_size(response.body)},
                        {"mimeType", mime_type(response.headers)}};
  if (response.is_streamed) {
    content.emplace_back("comment", "The body was streamed and is not part of the sample");
  } else {
    add_body(content, response.body, "encoding");
  }
  Value::Map map = {{"status", response.status},
                    {"statusText", response.reason},
                    {"httpVersion", sample.request.is_http2 ? "HTTP/2" : "HTTP/1.1"},
                    {"cookies", Value::List{}},
                    {"headers", named_values(header_pairs(response.headers))},
                    {"content", std::move(content)},
                    {"redirectURL", header_value(response.headers, "location")},
                    {"headersSize", -1},
                    {"bodySize", -1}};
  if (response.status == 0) map.emplace_back("_error", sample.error);
  return map;
}

/// The address without its port.
std::string ip_of(const std::string& address) {
  std::string ip = address.substr(0, address.rfind(':'));
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
  return ip;
}

/// Their sum is the response time. In HAR, -1 means that a part did not happen or is not known, and
/// `connect` includes `ssl`.
Value timings_har(const Sample& sample) {
  const double time = sample.response_time_ms.value_or(0);
  if (!sample.phases) return Value::Map{{"send", 0}, {"wait", time}, {"receive", 0}};
  using stats::Phase;
  const auto ms = [&sample](Phase phase) {
    return sample.phases->ms[static_cast<std::size_t>(phase)];
  };
  const auto happened = [&ms](Phase phase) { return std::max(ms(phase), 0.0); };
  const double connect = happened(Phase::kConnect) + happened(Phase::kTls);
  double measured = 0;
  for (const double one : sample.phases->ms) measured += std::max(one, 0.0);
  return Value::Map{{"blocked", std::max(time - measured, 0.0)},
                    {"dns", ms(Phase::kDns)},
                    {"connect", ms(Phase::kConnect) < 0 ? -1 : connect},
                    {"ssl", ms(Phase::kTls)},
                    {"send", happened(Phase::kSend)},
                    {"wait", happened(Phase::kWait)},
                    {"receive", happened(Phase::kReceive)}};
}

Value entry_har(const Sample& sample) {
  const double time = sample.response_time_ms.value_or(0);
  Value::Map entry = {
      {"startedDateTime", iso_time(sample.time)},
      {"time", time},
      {"request", request_har(sample.request)},
      {"response", response_har(sample)},
      {"cache", Value::Map{}},
      {"timings", timings_har(sample)},
      {"comment", fmt::format("{} {}: {}", sample.method, sample.name, sample.error)},
      {"_user_class", sample.user_class},
      {"_task", sample.task}};
  if (!sample.remote_address.empty()) {
    entry.emplace_back("serverIPAddress", ip_of(sample.remote_address));
  }
  if (std::string curl = failures::curl_line(sample); !curl.empty()) {
    entry.emplace_back("_curl", std::move(curl));
  }
  return entry;
}

}  // namespace

std::string samples_har(const std::vector<Sample>& samples) {
  Value::List entries;
  for (const Sample& sample : samples) {
    if (!sample.request.method.empty()) entries.push_back(entry_har(sample));
  }
  Value::Map log = {
      {"version", "1.2"},
      {"creator", Value::Map{{"name", "cpp-worker"}, {"version", CPPWORKER_VERSION}}}};
  if (const std::size_t others = samples.size() - entries.size(); others > 0) {
    log.emplace_back(
        "comment",
        fmt::format("{} samples are not here, because they are not of HTTP requests", others));
  }
  log.emplace_back("entries", std::move(entries));
  return to_json(Value::Map{{"log", std::move(log)}}) + '\n';
}

}  // namespace cppworker::report
