#include "runfile/sample_block.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <cppworker/exception.hpp>

#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"

namespace cppworker::runfile {
namespace {

using failures::Body;
using failures::Sample;

Value bytes_value(const std::string& bytes) { return Value::Bytes{bytes}; }

std::string bytes_member(const Value& map, const char* key) {
  const Value* member = map.find(key);
  return member == nullptr ? std::string() : member->get<Value::Bytes>().data;
}

/// A map without the members that are 0, false or empty.
class Members {
 public:
  void text(const char* key, const std::string& value) {
    if (!value.empty()) map_.emplace_back(key, value);
  }
  void bytes(const char* key, const std::string& value) {
    if (!value.empty()) map_.emplace_back(key, bytes_value(value));
  }
  void body(const char* key, const char* left_out_key, const Body& body) {
    bytes(key, body.bytes);
    integer(left_out_key, body.left_out);
  }
  void integer(const char* key, std::int64_t value) {
    if (value != 0) map_.emplace_back(key, value);
  }
  void flag(const char* key, bool value) {
    if (value) map_.emplace_back(key, true);
  }
  void any(const char* key, Value value) { map_.emplace_back(key, std::move(value)); }
  [[nodiscard]] bool empty() const { return map_.empty(); }
  [[nodiscard]] Value::Map take() && { return std::move(map_); }

 private:
  Value::Map map_;
};

Body body_of(const Value& map, const char* key, const char* left_out_key) {
  Body body{.bytes = bytes_member(map, key), .left_out = map.get(left_out_key, std::int64_t{0})};
  if (body.bytes.size() > 2 * failures::kBodyMax || body.left_out < 0) {
    throw Error(std::string(key) + " is too long");
  }
  return body;
}

double finite(double value, const char* what) {
  constexpr double kMost = 1e11;
  if (!(value >= 0 && value <= kMost)) throw Error(std::string(what) + " is out of range");
  return value;
}

Value request_value(const Sample::Request& request) {
  Members members;
  members.text("method", request.method);
  members.text("url", request.url);
  members.bytes("headers", request.headers);
  members.body("body", "body_left_out", request.body);
  members.flag("is_http2", request.is_http2);
  members.flag("is_unverified", !request.verifies_tls);
  return std::move(members).take();
}

Value response_value(const Sample::Response& response) {
  Members members;
  members.integer("status", response.status);
  members.text("reason", response.reason);
  members.bytes("headers", response.headers);
  members.body("body", "body_left_out", response.body);
  members.flag("is_streamed", response.is_streamed);
  return std::move(members).take();
}

constexpr const char* kNewConnections = "new_connections";

Value phases_value(const stats::PhaseTimes& times) {
  Value::Map map;
  for (std::size_t i = 0; i < stats::kPhases; ++i) {
    if (times.ms[i] >= 0) map.emplace_back(stats::kPhaseNames[i], times.ms[i]);
  }
  if (times.new_connections != 0) map.emplace_back(kNewConnections, times.new_connections);
  return map;
}

stats::PhaseTimes phase_times_of(const Value& map) {
  stats::PhaseTimes times;
  for (std::size_t i = 0; i < stats::kPhases; ++i) {
    if (const Value* ms = map.find(stats::kPhaseNames[i])) {
      times.ms[i] = finite(ms->get<double>(), "phases");
    }
  }
  times.new_connections = map.get(kNewConnections, std::int64_t{0});
  return times;
}

}  // namespace

std::string sample_content(const Sample& sample) {
  Members members;
  members.text("type", "sample");
  members.text("method", sample.method);
  members.text("name", sample.name);
  members.text("error", sample.error);
  members.any("time", sample.time);
  if (sample.response_time_ms) members.any("response_time", *sample.response_time_ms);
  if (sample.phases) members.any("phases", phases_value(*sample.phases));
  members.any("priority", sample.priority);
  members.text("user", sample.user_class);
  members.text("task", sample.task);
  members.text("address", sample.remote_address);
  if (!sample.request.method.empty()) members.any("request", request_value(sample.request));
  if (sample.response.status != 0) members.any("response", response_value(sample.response));
  Value::List redirects;
  for (const Sample::Redirect& redirect : sample.redirects) {
    redirects.push_back(
        Value{{"status", redirect.status}, {"url", redirect.url}, {"location", redirect.location}});
  }
  if (!redirects.empty()) members.any("redirects", std::move(redirects));
  members.body("detail", "detail_left_out", sample.detail);
  protocol::Packer packer;
  protocol::pack_value(packer, std::move(members).take());
  return std::move(packer).take();
}

Sample sample_of(const Value& block) {
  Sample sample;
  sample.method = block.get("method", "");
  sample.name = block.get("name", "");
  sample.error = block.get("error", "");
  sample.time = finite(block["time"].get<double>(), "time");
  if (const Value* time = block.find("response_time")) {
    sample.response_time_ms = finite(time->get<double>(), "response_time");
  }
  if (const Value* phases = block.find("phases")) sample.phases = phase_times_of(*phases);
  sample.priority = block["priority"].get<std::uint64_t>();
  sample.user_class = block.get("user", "");
  sample.task = block.get("task", "");
  sample.remote_address = block.get("address", "");
  if (const Value* request = block.find("request")) {
    sample.request = {.method = request->get("method", ""),
                      .url = request->get("url", ""),
                      .headers = bytes_member(*request, "headers"),
                      .body = body_of(*request, "body", "body_left_out"),
                      .is_http2 = request->get("is_http2", false),
                      .verifies_tls = !request->get("is_unverified", false)};
  }
  if (const Value* response = block.find("response")) {
    sample.response = {.status = response->get("status", 0),
                       .reason = response->get("reason", ""),
                       .headers = bytes_member(*response, "headers"),
                       .body = body_of(*response, "body", "body_left_out"),
                       .is_streamed = response->get("is_streamed", false)};
  }
  if (const Value* redirects = block.find("redirects")) {
    for (const Value& one : *redirects) {
      sample.redirects.push_back({.status = one.get("status", 0),
                                  .url = one.get("url", ""),
                                  .location = one.get("location", "")});
    }
  }
  sample.detail = body_of(block, "detail", "detail_left_out");
  return sample;
}

}  // namespace cppworker::runfile
