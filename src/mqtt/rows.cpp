#include "mqtt/rows.hpp"

#include <chrono>

#include "coro/scheduler.hpp"
#include "text/python_repr.hpp"

namespace cppworker::mqtt {

namespace {

constexpr std::string_view kType = "MQTT";

std::string& row_name_buffer() {
  static thread_local std::string name;
  return name;
}

}  // namespace

std::string failure_repr(std::string_view type, std::string_view text) {
  return std::string(type) + "(" + text::python_repr(text) + ")";
}

std::string& Rows::name_of(const Row& row) {
  std::string& name = row_name_buffer();
  name.assign(row.kind);
  if (row.qos >= 0) {
    name.append(":").push_back(static_cast<char>('0' + row.qos));
  }
  if (!row.name.empty()) {
    name.append(":").append(row.name);
  }
  return name;
}

void Rows::record(const Row& row) {
  detail::Shard& shard = environment_.shard();
  const std::string& name = name_of(row);
  const std::string failure(row.failure);
  const detail::Shard::Request request{
      .method = kType,
      .name = name,
      .response_time =
          row.response_time ? std::optional<Milliseconds>(*row.response_time) : std::nullopt,
      .response_length = row.size,
      .failure = row.failure.empty() ? nullptr : &failure,
      .ended = shard.scheduler.clock().now()};
  shard.record(request);
  const double start_time =
      shard.unix_time(request.ended - row.response_time.value_or(coro::Duration::zero()));
  if (!row.failure.empty() && shard.keeps_samples()) {
    shard.keep_sample(shard.begin_sample(request, start_time));
  }
  Value::Map context = owner_.context();  // the documentation promises a call per request
  if (environment_.events.request.has_listeners()) {
    context.emplace_back("client_id", std::string(row.client_id));
    const std::string kept = name;  // a listener may make requests
    owner_.run_guarded("a request listener", [&] {
      environment_.events.request.call_listeners(
          {.request_type = kType,
           .name = std::string_view(kept),
           .response_time = request.response_time,
           .response_length = row.size,
           .exception = row.failure.empty() ? std::nullopt : std::optional<std::string>(failure),
           .start_time = start_time,
           .context = Value{std::move(context)}});
    });
  }
}

void Rows::count_cut_off(const Row& row) {
  ++environment_.shard().cut_off_requests[std::string(kType) + " " + name_of(row)];
}

}  // namespace cppworker::mqtt
